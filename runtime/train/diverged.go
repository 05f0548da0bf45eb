package train

import (
	"slices"

	"github.com/resnetgen/resnetgen/runtime/train/divergence"
)

// checkNumbers refuses variables that have diverged.
func (r *runner) checkNumbers() error {
	bad := divergence.FirstNonFinite(r.Net.Variables())
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
func (r *runner) diverged(step int, got, layer string) error {
	e := &DivergedError{Step: step, Got: got, Layer: layer}
	steps, _ := r.folder.Steps() // what cannot be read is not there
	n, own := slices.BinarySearch(steps, step)
	if own {
		e.Diverged = r.folder.Checkpoint(step)
	}
	if n > 0 {
		e.Last = r.folder.Checkpoint(steps[n-1])
	}
	e.Later = !own && n == 0 && len(steps) > 0
	return e
}
