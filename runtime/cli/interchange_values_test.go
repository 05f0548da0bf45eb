package cli

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
)

// spoilt writes a checkpoint whose tensor of a name has value as its element i.
func spoilt(t *testing.T, from, name string, i int, value float32) string {
	t.Helper()
	f := &checkpoint.File{Tensors: tensors(t, from)}
	v := f.Find(name)
	if v == nil {
		t.Fatalf("got no tensor %s in %s", name, from)
	}
	v.Float32[i] = value
	path := filepath.Join(t.TempDir(), "spoilt")
	if err := store.Write(path, f); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExchangedValues holds that values which no network has are neither exported nor imported, by
// the tensor's name; what is not written is not looked at.
func TestExchangedValues(t *testing.T) {
	const average = "unit_last/moving_mean/ExponentialMovingAverage"
	_, runDir := trained(t, "--ema", "0.9")
	whole := filepath.Join(runDir, "checkpoints", "step-14.safetensors")
	out := filepath.Join(t.TempDir(), "x")
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for _, c := range []struct {
		tensor   string
		value    float32
		flags    []string // of export
		exported bool
	}{
		{"logit/DW", nan, nil, true}, // the average is exported, and is a number
		{"logit/DW", nan, []string{"--raw"}, false},
		{"logit/DW/Momentum", inf, []string{"--raw"}, true},
		{"logit/DW/Momentum", inf, []string{"--raw", "--with-momentum"}, false},
		{average, inf, nil, false},
		{average, inf, []string{"--raw"}, true},
	} {
		path := spoilt(t, whole, c.tensor, 0, c.value)
		code := failed
		if c.exported {
			code = done
		}
		want := "variable " + c.tensor + ": got " + map[bool]string{true: "NaN", false: "-Inf"}[c.value != c.value] + " at element 0, want finite numbers"
		_, errOut := run(t, code, append([]string{"export", "--checkpoint", path, "--format", "safetensors", "--out", out, "--force"}, c.flags...)...)
		if strings.Contains(errOut, want) == c.exported || !c.exported && !strings.Contains(errOut, "checkpoint "+path+": 1 tensors have values") {
			t.Errorf("export %v of %s: got %q, want %q in it: %t", c.flags, c.tensor, errOut, want, !c.exported)
		}
		if _, err := os.Stat(out); (err == nil) != c.exported {
			t.Errorf("export %v of %s: got file: %t, want %t", c.flags, c.tensor, err == nil, c.exported)
		}
		_ = os.Remove(out) // is there where it was exported
		_, errOut = run(t, failed, "import", path, "--out", out)
		if !strings.Contains(errOut, path+": ") || !strings.Contains(errOut, want) {
			t.Errorf("import of %s: got %q, want %q in it", c.tensor, errOut, want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("import of %s: got a file of a command that failed", c.tensor)
		}
	}
}

// TestExchangedStep holds that a step that no run has is neither exported nor imported.
func TestExchangedStep(t *testing.T) {
	dir := t.TempDir()
	good, bad, out := filepath.Join(dir, "good"), filepath.Join(dir, "bad"), filepath.Join(dir, "x")
	run(t, done, "init", "--out", good)
	for _, step := range []int64{-5, math.MaxInt64} {
		all := slices.Clone(tensors(t, good))
		f := &checkpoint.File{Tensors: all}
		f.Find("global_step").Int64 = []int64{step}
		if err := store.Write(bad, f); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"export", "--checkpoint", bad, "--format", "tf", "--out", out},
			{"export", "--checkpoint", bad, "--format", "safetensors", "--out", out, "--with-momentum"},
			{"import", bad, "--out", out},
		} {
			want := bad + ": global_step: got " + map[bool]string{true: "-5", false: "9223372036854775807"}[step < 0] + ", want a number from 0 to 9007199254740992"
			if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
				t.Errorf("%v: got %q, want %q in it", args, errOut, want)
			}
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("got %d files (%v), want nothing of commands that failed", len(entries), err)
	}
}
