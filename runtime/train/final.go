package train

import (
	"context"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// FinalObserver is an Observer that is told how the test part fared at the end of a run that was
// evaluated on a validation part until then.
type FinalObserver interface {
	// Final comes behind the last Evaluated, before Stop.
	Final(runs.Final)
}

// testAtLast evaluates the test part of a run that is done, if a validation part has stood for it
// until now, and records it.
func (r *runner) testAtLast(ctx context.Context, result *Result) error {
	if r.images.Validation == 0 || r.images.Test == nil {
		return nil
	}
	if !r.testChosen(ctx, result) {
		return ErrStopped
	}
	r.folder.History.Final = &runs.FinalTest{Step: r.step, Final: runs.Final{Step: result.TestStep, Accuracy: result.Test}}
	if r.Ranks.Leads() && r.folder.Holds() {
		r.folder.WriteHistory()
		r.draw()
	}
	r.observers.final(r.folder.History.Final.Final)
	return nil
}

func (a *observers) final(f runs.Final) {
	a.each(func(p Progress) error {
		if o, ok := p.(FinalObserver); ok {
			o.Final(f)
		}
		return nil
	})
}
