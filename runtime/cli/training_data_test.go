package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestFewerClassesOfTheFirstVersion resumes a run on a folder of fewer classes than the network's:
// new runs refuse such.
func TestFewerClassesOfTheFirstVersion(t *testing.T) {
	dir, out := photosOf(t, 10, "x", "y"), filepath.Join(t.TempDir(), "run")
	parts, err := dataset.Load(dir, dataset.Options{Input: fakenet.Info.Input})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := train.Run(t.Context(), train.Options{
		Info: &fakenet.Info, Net: fakenet.New(network.Options{}), Recipe: program.Recipe, Train: parts.Train, Test: parts.Test,
		Steps: 1, Seed: 1, Out: runs.Folder(out), Progress: noProgress{},
	}); err != nil {
		t.Fatal(err)
	}
	asOfTheFirstVersion(t, out)
	said, _ := run(t, done, "train", "--data", dir, "--out", out, "--steps", "2", "--resume")
	holds(t, "train --resume", said, ": 18 images, batches of 4", "test accuracy ")
}

// asOfTheFirstVersion makes of a run what one of the first version has left that was killed before
// its first checkpoint.
func asOfTheFirstVersion(t *testing.T, out string) {
	t.Helper()
	path := filepath.Join(out, "run.json")
	var settings map[string]any
	if err := json.Unmarshal(readFile(t, path), &settings); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"partition", "decoder", "split_seed", "validation"} {
		delete(settings, name)
	}
	text, err := json.Marshal(settings)
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	for _, name := range []string{"checkpoints", "eval.csv"} {
		if err == nil {
			err = os.RemoveAll(filepath.Join(out, name))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
