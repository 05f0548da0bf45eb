package train

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// TestLastBefore holds what is said of the checkpoints of a run that came to no number at step 7.
func TestLastBefore(t *testing.T) {
	for want, steps := range map[string][]int{
		"it has no checkpoint yet":                                      nil,
		"its last checkpoint is kept, F/checkpoints/step-5.safetensors": {3, 5},
		"remove F/checkpoints/step-7.safetensors, which has diverged, too, and --resume goes on from F/checkpoints/step-5.safetensors": {5, 7},
		"its only checkpoint has diverged, too: F/checkpoints/step-7.safetensors":                                                      {7},
		"it has no checkpoint from before": {8},
	} {
		r := &runner{folder: &runs.Held{Folder: runs.Folder(t.TempDir())}}
		for _, step := range steps {
			if err := state.Save(r.folder.Checkpoint(step), fakenet.New(network.Options{}), step, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.ReplaceAll(r.lastBefore(7), string(r.folder.Folder), "F"); got != want {
			t.Errorf("%v: got %q, want %q", steps, got, want)
		}
	}
}
