package train

import (
	"errors"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// TestLastBefore holds what is known of the checkpoints of a run that came to no number at step 7.
func TestLastBefore(t *testing.T) {
	for name, c := range map[string]struct {
		steps []int
		want  func(runs.Folder) DivergedError
	}{
		"none":   {nil, func(runs.Folder) DivergedError { return DivergedError{} }},
		"before": {[]int{3, 5}, func(f runs.Folder) DivergedError { return DivergedError{Last: f.Checkpoint(5)} }},
		"before, and itself": {[]int{5, 7}, func(f runs.Folder) DivergedError {
			return DivergedError{Diverged: f.Checkpoint(7), Last: f.Checkpoint(5)}
		}},
		"itself": {[]int{7}, func(f runs.Folder) DivergedError { return DivergedError{Diverged: f.Checkpoint(7)} }},
		"behind": {[]int{8}, func(runs.Folder) DivergedError { return DivergedError{Later: true} }},
	} {
		r := &runner{folder: &runs.LockedFolder{Folder: runs.Folder(t.TempDir())}}
		for _, step := range c.steps {
			if err := state.Save(r.folder.Checkpoint(step), fakenet.New(network.Options{}), step, nil); err != nil {
				t.Fatal(err)
			}
		}
		want := c.want(r.folder.Folder)
		want.Step, want.Got, want.Layer = 7, "a loss of NaN", "logit"
		var got *DivergedError
		if err := r.diverged(7, "a loss of NaN", "logit"); !errors.As(err, &got) || *got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}
