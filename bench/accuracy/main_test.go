package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		direct, winograd float64
		want             string
		within           bool
	}{
		{92.1, 92.25, "mean test accuracy: direct 92.10 %, winograd 92.25 %, difference +0.15 points: within 0.3", true},
		{92.5, 92.1, "mean test accuracy: direct 92.50 %, winograd 92.10 %, difference -0.40 points: beyond 0.3", false},
		{92.1, 92.5, "mean test accuracy: direct 92.10 %, winograd 92.50 %, difference +0.40 points: beyond 0.3", false},
	} {
		got, within := verdict(map[string]float64{"direct": c.direct, "winograd": c.winograd})
		if got != c.want || within != c.within {
			t.Errorf("got %q, %v, want %q, %v", got, within, c.want, c.within)
		}
	}
}

func TestLastCheckpoint(t *testing.T) {
	run := t.TempDir()
	if path, err := lastCheckpoint(run); err == nil {
		t.Errorf("no checkpoint: got %q, want an error", path)
	}
	folder := filepath.Join(run, "checkpoints")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"step-9.safetensors", "step-10.safetensors", "step-x.safetensors"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := lastCheckpoint(run); err != nil || filepath.Base(got) != "step-10.safetensors" {
		t.Errorf("got %q and error %v, want the one of ten steps", got, err)
	}
}
