package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
)

// TestOtherFunction holds that a checkpoint of a network with the same variables, of which it computes something else, is
// refused by all that would compute with it, and that a training can start from it.
func TestOtherFunction(t *testing.T) {
	folder, dir := data(t, 31, 3), t.TempDir()
	own, other, picture := filepath.Join(dir, "own.safetensors"), filepath.Join(dir, "other.safetensors"), filepath.Join(dir, "picture.png")
	run(t, done, "init", "--out", own)
	drawColumn(t, picture, 3, 4, 0)
	f, err := checkpoint.Read(own)
	if err != nil {
		t.Fatal(err)
	}
	was := f.Metadata[checkpoint.FunctionKey]
	f.Metadata[checkpoint.FunctionKey] = strings.Replace(was, `"relu_leakiness":0,`, `"relu_leakiness":0.25,`, 1)
	if err := store.Write(other, f); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{
		{"eval", "--data", folder, "--checkpoint"},
		{"predict", picture, "--checkpoint"},
		{"export", "--format", "safetensors", "--out", filepath.Join(dir, "exported"), "--checkpoint"},
		{"import", "--out", filepath.Join(dir, "imported")},
	} {
		run(t, done, append(command, own)...)
		_, errOut := run(t, misused, append(command, other)...)
		if !strings.Contains(errOut, "computes something else of these variables:\n  relu_leakiness: got 0.25, want 0\n") {
			t.Errorf("%s: got %q", command[0], errOut)
		}
	}
	_, errOut := run(t, done, "train", "--data", folder, "--epochs", "1", "--out", filepath.Join(dir, "run"), "--init", other)
	if !strings.Contains(errOut, "relu_leakiness: got 0.25, want 0\nit starts from them all the same") {
		t.Errorf("--init: got %q", errOut)
	}
}
