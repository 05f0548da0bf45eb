package train

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// named is a link of ranks of one process.
type named struct{ *linktest.Link }

func (n named) Names() (names []string) {
	for rank := range n.Size() {
		names = append(names, fmt.Sprintf("host %d", rank))
	}
	return names
}

func (named) Waited() time.Duration { return 0 }
func (named) Close()                {}

// onRanks does the same on so many ranks at once.
func onRanks(size int, do func(rank int, link Link)) {
	var ranks sync.WaitGroup
	for rank, link := range linktest.New(size) {
		ranks.Go(func() { do(rank, named{link}) })
	}
	ranks.Wait()
}

// TestAgree holds that ranks that are alike agree, and that every rank names those that are not, and in what.
func TestAgree(t *testing.T) {
	onRanks(4, func(_ int, link Link) {
		if err := Agree(link, map[string]string{"spec": "a", "data": "b"}); err != nil {
			t.Errorf("got error %v of ranks that are alike", err)
		}
	})
	onRanks(4, func(rank int, link Link) {
		spec := "a"
		if rank == 2 {
			spec = "another"
		}
		err := Agree(link, map[string]string{"spec": spec, "data": "b"})
		if want := "rank 2 (host 2): got another spec than rank 0 (host 0)"; err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "data") {
			t.Errorf("rank %d: got error %v, want %q", rank, err, want)
		}
	})
}

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
	evaluated := func(c *company) (s seen) {
		net := fakenet.New(network.Options{})
		network.Initialize(net.Variables(), 1)
		s.metrics, _ = c.evaluate(t.Context(), set, n, evaluateImages(net, set, n), func(first int, labels []int32, logits []float32) {
			s.first = append(s.first, first)
			s.labels, s.logits = append(s.labels, labels...), append(s.logits, logits...)
		})
		return s
	}
	want := evaluated(nil)
	if want.metrics.Images != set.Len() || !slices.Equal(want.labels, set.Labels) {
		t.Fatalf("got %+v of one process, want all images", want)
	}
	onRanks(4, func(rank int, link Link) {
		if got := evaluated(newCompany(&Ranks{Link: link}, fakenet.Info.Classes)); !reflect.DeepEqual(got, want) {
			t.Errorf("rank %d: got %+v, want %+v", rank, got, want)
		}
	})
}

// TestEvaluationStoppedOnARank holds that an evaluation ends on all ranks if one is told to stop.
func TestEvaluationStoppedOnARank(t *testing.T) {
	set := testSet(20, 1)
	onRanks(3, func(rank int, link Link) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		net, c := fakenet.New(network.Options{}), newCompany(&Ranks{Link: link}, fakenet.Info.Classes)
		seen := 0
		_, whole := c.evaluate(ctx, set, 2, evaluateImages(net, set, 2), func(_ int, labels []int32, _ []float32) {
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
			onRanks(2, func(rank int, link Link) {
				o := options(out, progress[rank])
				o.Steps, o.Resume, o.Ranks = steps, resume, &Ranks{Link: link}
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
