package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestValidation holds images out, says of which set it speaks, and goes on with the same ones.
func TestValidation(t *testing.T) {
	folder, dir := data(t, 31, 3), t.TempDir()
	args := func(name string, more ...string) []string {
		return append([]string{"train", "--data", folder, "--epochs", "6", "--validation", "7", "--out", filepath.Join(dir, name)}, more...)
	}
	out, _ := run(t, done, args("whole")...)
	for _, want := range []string{"epoch 6, step 36: validation accuracy ", "\nvalidation accuracy ", "; test accuracy 100.00 % at step ", "; checkpoint "} {
		if !strings.Contains(out, want) { // 24 images are left: six batches of four
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	runIn(ctx, t, stopped, args("stopped")...)
	_, errOut := run(t, misused, append(args("stopped", "--resume"), "--validation", "8")...)
	if !strings.Contains(errOut, "validation: got 8, want 7") {
		t.Errorf("got %q, want the numbers that differ", errOut)
	}
	run(t, done, args("stopped", "--resume")...)
	checkpoint := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join(dir, name, "checkpoints", "step-36.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	if !bytes.Equal(checkpoint("whole"), checkpoint("stopped")) {
		t.Error("got another checkpoint after a stop")
	}
	shows := func(name string, wanted ...string) {
		content, err := os.ReadFile(filepath.Join(dir, "stopped", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wanted {
			if !bytes.Contains(content, []byte(want)) {
				t.Errorf("%s: got no %q in it", name, want)
			}
		}
	}
	shows("curves.svg", ">validation set<", ", test accuracy 100.00 %")
	shows("confusion.svg", ", validation set, test accuracy 100.00 %")
	shows("test.csv", "step,tested_step,accuracy\n36,")
	out, _ = run(t, done, "eval", "--data", folder, "--checkpoint", filepath.Join(dir, "whole"), "--validation")
	if !strings.Contains(out, "validation accuracy ") || !strings.Contains(out, " of 7 images") {
		t.Errorf("got %q, want the seven images", out)
	}
	run(t, done, "train", "--data", folder, "--epochs", "1", "--out", filepath.Join(dir, "tested"))
	if out, _ = run(t, done, "runs", dir); strings.Count(out, " % (validation)  ") != 2 { // not of the third, which holds none out
		t.Errorf("got\n%s\nwant what is of a validation marked", out)
	}
	if strings.Count(out, " % (validation)  100.00 %  ") != 2 {
		t.Errorf("got\n%s\nwant the final test accuracy beside it", out)
	}
	if out, _ = run(t, done, "runs", "--json", dir); strings.Count(out, `"test_accuracy": 1,`) != 2 || strings.Count(out, `"test_precision": 1,`) != 2 || strings.Count(out, `"test_accuracy": null`) != 1 || strings.Count(out, `"set": "validation"`) != 2 || strings.Count(out, `"set": "test"`) != 1 {
		t.Errorf("got %s, want the set of each", out)
	}
}

// TestFinalIsOfTheEnd holds that the test of an earlier end is dropped when a run goes on.
func TestFinalIsOfTheEnd(t *testing.T) {
	folder, runDir := data(t, 31, 3), filepath.Join(t.TempDir(), "run")
	args := func(epochs string, more ...string) []string {
		return append([]string{"train", "--data", folder, "--epochs", epochs, "--validation", "7", "--out", runDir}, more...)
	}
	run(t, done, args("2")...)
	ended, err := os.ReadFile(filepath.Join(runDir, "test.csv"))
	if err != nil || !bytes.Contains(ended, []byte("\n12,")) {
		t.Fatalf("got %q (%v), want the test of step 12", ended, err)
	}
	run(t, done, args("3", "--resume")...)
	again, err := os.ReadFile(filepath.Join(runDir, "test.csv"))
	if err != nil || !bytes.Contains(again, []byte("\n18,")) || bytes.Contains(again, []byte("\n12,")) {
		t.Errorf("got %q (%v), want the test of step 18 alone", again, err)
	}
	if err := os.WriteFile(filepath.Join(runDir, "test.csv"), ended, 0o644); err != nil { // as if it had been killed before
		t.Fatal(err)
	}
	if out, _ := run(t, done, "runs", "--json", runDir); !strings.Contains(out, `"test_accuracy": null`) {
		t.Errorf("got %s, want no test of a step before the last", out)
	}
}

// TestValidationMisuse holds what is said of images that are not there.
func TestValidationMisuse(t *testing.T) {
	folder, without := data(t, 8, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--epochs", "1", "--out", without)
	for want, args := range map[string][]string{
		"--validation: got 0, want 1 or more":            {"train", "--data", folder, "--epochs", "1", "--validation", "0"},
		"validation: got 8 images, want 1 to 7 of the 8": {"train", "--data", folder, "--epochs", "1", "--validation", "8", "--out", filepath.Join(t.TempDir(), "run")},
		"got a checkpoint of a run without held-out":     {"eval", "--data", folder, "--checkpoint", without, "--validation"},
	} {
		if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", args, errOut, want)
		}
	}
}
