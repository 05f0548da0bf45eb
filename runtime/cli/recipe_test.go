package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// TestRecipeFlags holds that the flags reach the run, and that a resumed run wants them again.
func TestRecipeFlags(t *testing.T) {
	folder, out := data(t, 16, 3), filepath.Join(t.TempDir(), "run")
	args := []string{"train", "--data", folder, "--out", out, "--pad", "1", "--flip", "alternating", "--cutout", "2", "--ema", "0.5", "--eval-flip", "--eval-shift", "1", "--epochs"}
	run(t, done, append(args, "2")...)
	text, err := os.ReadFile(filepath.Join(out, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Augment dataset.Augment
		EMA     float64
		Eval    struct {
			Flip  bool
			Shift int
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if want := (dataset.Augment{Pad: 1, Flip: "alternating", Cutout: 2}); got.Augment != want || got.EMA != 0.5 || !got.Eval.Flip || got.Eval.Shift != 1 {
		t.Errorf("got %+v, want %+v, 0.5 and true", got, want)
	}
	run(t, done, append(args, "3", "--resume")...)
	_, errOut := run(t, misused, "train", "--data", folder, "--out", out, "--pad", "1", "--flip", "alternating", "--epochs", "4", "--resume")
	for _, want := range []string{"augment: got", `ema: got 0, want 0.5`, `eval: got`} {
		if !strings.Contains(errOut, want) {
			t.Errorf("got %q, want %q in it", errOut, want)
		}
	}
}

// TestEvalAverages holds that eval takes a checkpoint's averages unless it is told not to, and
// mirrors if it is told to.
func TestEvalAverages(t *testing.T) {
	folder, out := data(t, 40, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--ema", "0.9", "--epochs", "1")
	xent := func(flags ...string) float64 {
		text, _ := run(t, done, append([]string{"eval", "--json", "--data", folder, "--checkpoint", out}, flags...)...)
		var r evalJSON
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return r.XEnt
	}
	averages, raw, flipped, shifted := xent(), xent("--raw"), xent("--flip"), xent("--flip", "--shift", "1")
	if averages == raw || averages == flipped || flipped == shifted {
		t.Errorf("got cross entropies %g by the averages, %g without, %g with mirrors, %g moved too, want four different ones", averages, raw, flipped, shifted)
	}
}

// TestRecipeMisuse holds what is said of flags that make no recipe.
func TestRecipeMisuse(t *testing.T) {
	for want, flags := range map[string][]string{
		`--flip: got "up", want none, random or alternating`: {"--flip", "up"},
		"--pad: got -1, want 0 to 1024":                      {"--pad", "-1"},
		"--cutout: got -1, want 0 to 65536":                  {"--cutout", "-1"},
		"--ema: got 1, want 0 or more, and less than 1":      {"--ema", "1"},
		"--ema: got NaN": {"--ema", "NaN"},
	} {
		args := append([]string{"train", "--data", "fashion-mini", "--epochs", "1"}, flags...)
		if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", flags, errOut, want)
		}
	}
}
