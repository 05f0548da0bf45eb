package train

import (
	"context"
	"fmt"
	"os"
	"unicode/utf8"
)

// FinalObserver is an Observer that is told how the test part fared at the end of a run that was evaluated on a validation part
// until then.
type FinalObserver interface {
	// Final comes behind the last Evaluated, before Stop.
	Final(Final)
}

// testAtLast evaluates the test part of a run that is done, if a validation part has stood for it until now, and records it.
func (r *runner) testAtLast(ctx context.Context, result *Result) error {
	if r.Validation == 0 || r.Test == nil {
		return nil
	}
	if !r.testChosen(ctx, result) {
		return ErrStopped
	}
	r.history.final = &final{r.step, Final{result.TestStep, result.Test}}
	if r.Ranks.Leads() && r.lock.holds() {
		r.record()
		r.draw()
	}
	r.audience.final(r.history.final.Final)
	return nil
}

func (a *audience) final(f Final) {
	a.each(func(p Progress) error {
		if o, ok := p.(FinalObserver); ok {
			o.Final(f)
		}
		return nil
	})
}

// recordFinal writes test.csv, or removes that of a run that has gone on since.
func (r *runner) recordFinal(content []byte) error {
	if content != nil {
		return r.Out.write(testCSV, content)
	}
	if err := os.Remove(r.Out.path(testCSV)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the test of an earlier end: %w", err)
	}
	return nil
}

// titled is a picture's title, with more behind it, and the precision of the test part, if that was evaluated at the run's end.
func (h *history) titled(title, more string) string {
	if h.final != nil {
		more += fmt.Sprintf(", test precision %.2f %%", 100*h.final.Precision)
	}
	return shortened(title, longestTitle-utf8.RuneCountInString(more)) + more
}
