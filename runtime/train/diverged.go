package train

import (
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/train/divergence"
)

// checkNumbers refuses variables that have diverged.
func (r *runner) checkNumbers() error {
	bad := divergence.NotFinite(r.Net.Variables())
	if bad == nil {
		return nil
	}
	return r.diverged(r.step, bad.String(), r.finder().LayerOf(bad.Variable))
}

// finder finds where the training diverged.
func (r *runner) finder() *divergence.Finder {
	return &divergence.Finder{Info: r.Info, Net: r.Net, Averages: r.averages}
}

// diverged says that a step came to no number, and in which layer that began if that is known.
func (r *runner) diverged(step int, what, layer string) error {
	if layer != "" {
		layer = ", first in layer " + layer
	}
	return fmt.Errorf("step %d: got %s, want a number: the training has diverged%s; %s; a lower learning rate may help", step, what, layer, r.lastBefore(step))
}

// lastBefore says which checkpoint is left of a run that came to no number at a step. One of this step itself was written without an
// evaluation, when the run was stopped.
func (r *runner) lastBefore(step int) string {
	steps, err := r.folder.Steps()
	if err != nil || len(steps) == 0 {
		return "it has no checkpoint yet"
	}
	n, own := slices.BinarySearch(steps, step)
	switch {
	case own && n == 0:
		return "its only checkpoint has diverged, too: " + r.folder.Checkpoint(step)
	case own:
		return fmt.Sprintf("remove %s, which has diverged, too, and --resume goes on from %s", r.folder.Checkpoint(step), r.folder.Checkpoint(steps[n-1]))
	case n == 0:
		return "it has no checkpoint from before"
	}
	return "its last checkpoint is kept, " + r.folder.Checkpoint(steps[n-1])
}
