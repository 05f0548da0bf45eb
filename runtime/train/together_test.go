package train

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// TestResumeByRanks stops a run of two ranks, or lets a shorter one end: all go on with the step
// after that, and evaluate each epoch's end once.
func TestResumeByRanks(t *testing.T) {
	const perEpoch, total = 7, 21
	for name, first := range map[string]struct{ stop, steps, evaluated int }{
		"stopped in an epoch":      {3, total, 0},
		"stopped in the next":      {perEpoch + 3, total, perEpoch},
		"stopped in an evaluation": {perEpoch, total, 0},
		"ended with an epoch":      {perEpoch, perEpoch, perEpoch},
		"ended within an epoch":    {perEpoch + 3, perEpoch + 3, perEpoch + 3},
	} {
		out := filepath.Join(t.TempDir(), "run")
		train := func(ctx context.Context, resume bool, steps int, progress [2]*recorder) {
			linktest.Each(2, func(rank int, link *linktest.Link) {
				o := options(out, progress[rank])
				o.Steps, o.Resume, o.Ranks = steps, resume, &distributed.Group{Link: link}
				if _, err := Run(ctx, o); err != nil && !errors.Is(err, ErrStopped) {
					t.Errorf("%s, rank %d: %v", name, rank, err)
				}
			})
		}
		ctx, cancel := context.WithCancel(t.Context())
		stopping := &recorder{}
		if first.steps == total {
			stopping = &recorder{at: first.stop, do: cancel}
		}
		train(ctx, false, first.steps, [2]*recorder{{}, stopping})
		cancel()
		on := [2]*recorder{{}, {}}
		train(t.Context(), true, total, on)
		var want []int
		for step := perEpoch; step <= total; step += perEpoch {
			if step > first.evaluated {
				want = append(want, step)
			}
		}
		for rank, r := range on {
			if r.steps[0] != first.stop+1 || !slices.Equal(r.evaluated, want) {
				t.Errorf("%s, rank %d: got steps from %d on, evaluations at %v, want %d and %v", name, rank, r.steps[0], r.evaluated, first.stop+1, want)
			}
		}
	}
}
