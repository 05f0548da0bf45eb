package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestVerdict(t *testing.T) {
	algorithms, twins := [2]way{{name: "direct"}, {name: "winograd"}}, [2]way{{name: "resnetgen"}, {name: "pytorch"}}
	for _, c := range []struct {
		judge    func([2]way, [2][]float64) (string, bool)
		ways     [2]way
		percents [2][]float64
		want     string
		within   bool
	}{
		{withinBound, algorithms, [2][]float64{{92.1, 92.1}, {92.2, 92.3}}, "mean test accuracy: direct 92.10 %, winograd 92.25 %, difference +0.15 points: within 0.3", true},
		{withinBound, algorithms, [2][]float64{{92.5}, {92.1}}, "mean test accuracy: direct 92.50 %, winograd 92.10 %, difference -0.40 points: beyond 0.3", false},
		{withinBound, algorithms, [2][]float64{{92.1}, {92.5}}, "mean test accuracy: direct 92.10 %, winograd 92.50 %, difference +0.40 points: beyond 0.3", false},
		{withinSpread, twins, [2][]float64{{92, 92.5}, {92.5, 93}}, "mean test accuracy: resnetgen 92.25 %, pytorch 92.75 %, difference +0.50 points: within 0.5, the spread of the seeds", true},
		{withinSpread, twins, [2][]float64{{92.5, 93}, {92.25, 92}}, "mean test accuracy: resnetgen 92.75 %, pytorch 92.12 %, difference -0.62 points: beyond 0.5, the spread of the seeds", false},
	} {
		got, within := c.judge(c.ways, c.percents)
		if got != c.want || within != c.within {
			t.Errorf("got %q, %v, want %q, %v", got, within, c.want, c.within)
		}
	}
}

// TestRun holds that each way trains with each seed.
func TestRun(t *testing.T) {
	times := func(factor float64) func(length, int) (float64, error) {
		return func(l length, seed int) (float64, error) { return factor * float64(seed*l.epochs), nil }
	}
	got, err := run([2]way{{"one", times(1)}, {"ten", times(10)}}, length{epochs: 2}, 3)
	if want := [2][]float64{{2, 4, 6}, {20, 40, 60}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
	if _, err := run([2]way{}, length{}, 0); err == nil {
		t.Error("no seeds: got no error, want one")
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
