package train

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// TestEvaluateByRanks holds that ranks that share an evaluation learn, and see, what one process does: also where they have no batch left.
func TestEvaluateByRanks(t *testing.T) {
	set := testSet(20, 1)
	const n = 3 // of 20: batches of 3, and one of 2
	type seen struct {
		metrics network.Metrics
		first   []int
		labels  []int32
		logits  []float32
	}
	evaluated := func(g *distributed.Group) (s seen) {
		net := fakenet.New(network.Options{})
		network.Initialize(net.Variables(), 1)
		s.metrics, _ = evaluateAll(t.Context(), g, set, n, fakenet.Info.Classes, evaluateImages(net, set, n), func(first int, labels []int32, logits []float32) {
			s.first = append(s.first, first)
			s.labels, s.logits = append(s.labels, labels...), append(s.logits, logits...)
		})
		return s
	}
	want := evaluated(nil)
	if want.metrics.Images != set.Len() || !slices.Equal(want.labels, set.Labels) {
		t.Fatalf("got %+v of one process, want all images", want)
	}
	linktest.Each(4, func(rank int, link *linktest.Link) {
		if got := evaluated(&distributed.Group{Link: link}); !reflect.DeepEqual(got, want) {
			t.Errorf("rank %d: got %+v, want %+v", rank, got, want)
		}
	})
}

// TestEvaluationStoppedOnARank holds that an evaluation ends on all ranks if one is told to stop.
func TestEvaluationStoppedOnARank(t *testing.T) {
	set := testSet(20, 1)
	linktest.Each(3, func(rank int, link *linktest.Link) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		net := fakenet.New(network.Options{})
		seen := 0
		_, whole := evaluateAll(ctx, &distributed.Group{Link: link}, set, 2, fakenet.Info.Classes, evaluateImages(net, set, 2), func(_ int, labels []int32, _ []float32) {
			if seen += len(labels); rank == 1 {
				cancel()
			}
		})
		if whole || seen != 6 {
			t.Errorf("rank %d: got whole %t after %d images, want an end after a batch of each rank", rank, whole, seen)
		}
	})
}

// TestResumeByRanks stops a run of two ranks, or lets a shorter one end: all go on with the step after that, and evaluate each
// epoch's end once.
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
