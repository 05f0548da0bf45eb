package eval

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// TestEvaluateByRanks holds that ranks that share an evaluation learn, and see, what one process
// does: also where they have no batch left.
func TestEvaluateByRanks(t *testing.T) {
	set := fakenet.Images(20, 1)
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
		s.metrics, _ = EvaluateSet(t.Context(), g, set, n, fakenet.Info.Classes, NewPlainEvaluator(net, set, n), func(first int, labels []int32, logits []float32) {
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
	set := fakenet.Images(20, 1)
	linktest.Each(3, func(rank int, link *linktest.Link) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		net := fakenet.New(network.Options{})
		seen := 0
		_, whole := EvaluateSet(ctx, &distributed.Group{Link: link}, set, 2, fakenet.Info.Classes, NewPlainEvaluator(net, set, 2), func(_ int, labels []int32, _ []float32) {
			if seen += len(labels); rank == 1 {
				cancel()
			}
		})
		if whole || seen != 6 {
			t.Errorf("rank %d: got whole %t after %d images, want an end after a batch of each rank", rank, whole, seen)
		}
	})
}
