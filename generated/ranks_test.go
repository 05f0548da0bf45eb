package generated_test

import (
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/generated/resnet164"
	"github.com/resnetgen/resnetgen/generated/resnet20"
	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// ranked are the two kinds of units; the first with more images than groups, so that these are not
// alike, the second with few, because the tests also run without assembly.
var ranked = []compiled{
	{&resnet20.Info, func(o network.Options) network.Network { return resnet20.New(o) }, 19},
	{&resnet164.Info, func(o network.Options) network.Network { return resnet164.New(o) }, 2},
}

// trained is a network after two steps of several ranks.
type trained struct {
	net     network.Network
	metrics network.Metrics
}

// trainRanks makes two steps with so many ranks. A rank sees no image but its own: the others are
// no numbers.
func (n *compiled) trainRanks(t *testing.T, size int, o network.Options) []trained {
	t.Helper()
	images, labels := n.batch()
	if err := network.CheckRanks(size, n.images); err != nil {
		t.Fatal(err)
	}
	all := make([]trained, size)
	var steps sync.WaitGroup
	for rank, link := range linktest.New(size) {
		o := o
		o.Threads, o.Link = 1+rank%2, link
		net := n.build(o)
		t.Cleanup(net.Close)
		network.Initialize(net.Variables(), 1)
		own := make([]float32, len(images))
		for i := range own {
			own[i] = float32(math.NaN())
		}
		r, element := network.RankImages(n.images, rank, size), len(images)/n.images
		copy(own[r.First*element:r.End*element], images[r.First*element:])
		steps.Go(func() {
			for range 2 {
				all[rank] = trained{net, net.TrainStep(own, labels, 0.1)}
			}
		})
	}
	steps.Wait()
	return all
}

// sameVariables fails unless two networks have the same variables, gradients and momentum, bit for
// bit.
func sameVariables(t *testing.T, what string, got, want network.Network) {
	t.Helper()
	for i, w := range want.Variables() {
		g := got.Variables()[i]
		same := slices.Equal(g.Value, w.Value) && slices.Equal(g.Gradient, w.Gradient) && len(g.Slots) == len(w.Slots)
		for s := 0; same && s < len(w.Slots); s++ {
			same = slices.Equal(g.Slots[s].Value, w.Slots[s].Value)
		}
		if !same {
			t.Errorf("%s: %s: got other bits than %v…", what, w.Name, w.Value[0])
		}
	}
}

// TestRanks holds that steps that several ranks share come to the bits of one process.
func TestRanks(t *testing.T) {
	for i := range ranked {
		n := &ranked[i]
		alone := n.trainRanks(t, 1, network.Options{})[0]
		for _, size := range []int{2, 4} {
			if size > n.images {
				continue
			}
			for rank, got := range n.trainRanks(t, size, network.Options{}) {
				if got.metrics != alone.metrics {
					t.Errorf("%s, rank %d of %d: got %+v, want %+v", n.info.Name, rank, size, got.metrics, alone.metrics)
				}
				sameVariables(t, n.info.Name, got.net, alone.net)
			}
		}
	}
}

// TestRanksOtherwise holds of the two ways to train that promise no bits that the ranks agree with
// each other, that sums in another order are as close to the one process's as rounding lets them
// be, and that norms of a rank's own images are not those of all.
func TestRanksOtherwise(t *testing.T) {
	n := &ranked[0]
	alone := n.trainRanks(t, 1, network.Options{})[0]
	for what, o := range map[string]network.Options{"fast sums": {FastSums: true}, "local norms": {LocalNorms: true}} {
		ranks := n.trainRanks(t, 4, o)
		for _, r := range ranks[1:] {
			if r.metrics != ranks[0].metrics {
				t.Errorf("%s: got %+v and %+v, want the same of each rank", what, r.metrics, ranks[0].metrics)
			}
			for i, v := range r.net.Variables() {
				if want := ranks[0].net.Variables()[i]; v.Trainable && !slices.Equal(v.Value, want.Value) {
					t.Errorf("%s: %s: got other values on another rank", what, v.Name)
				}
			}
		}
		far := math.Abs(ranks[0].metrics.Loss/alone.metrics.Loss - 1)
		if isFar := far > 1e-4; isFar != o.LocalNorms {
			t.Errorf("%s: got a loss of %g, of one process %g", what, ranks[0].metrics.Loss, alone.metrics.Loss)
		}
	}
}

// TestRankedStepAllocatesNothing holds that a rank's step allocates nothing.
func TestRankedStepAllocatesNothing(t *testing.T) {
	n := &ranked[0]
	images, labels := n.batch()
	net := n.build(network.Options{Threads: 1, Link: &mirror{}})
	defer net.Close()
	network.Initialize(net.Variables(), 1)
	net.TrainStep(images, labels, 0.1)
	if got := testing.AllocsPerRun(2, func() { net.TrainStep(images, labels, 0.1) }); got != 0 {
		t.Errorf("got %g allocations a step, want 0", got)
	}
}

// mirror is a link to a rank that says the same.
type mirror struct{}

func (*mirror) Rank() int                  { return 0 }
func (*mirror) Size() int                  { return 2 }
func (*mirror) Broadcast([]float32)        {}
func (*mirror) Floats(n int) []float32     { return make([]float32, n) }
func (*mirror) Doubles(n int) []float64    { return make([]float64, n) }
func (*mirror) Done(network.Exchange) bool { return true }
func (*mirror) Wait(network.Exchange)      {}
func (*mirror) Gather(to, own []float64)   { copy(to[copy(to, own):], own) }

func (m *mirror) StartGatherDoubles(to, own []float64) network.Exchange {
	m.Gather(to, own)
	return 0
}

func (*mirror) StartExchange(to, own []float32) network.Exchange {
	copy(to[copy(to, own[:len(own)/2]):], own)
	return 0
}

func (*mirror) StartGather(to, own []float32) network.Exchange {
	copy(to[copy(to, own):], own)
	return 0
}

func (*mirror) StartSum(to, own []float32) network.Exchange {
	copy(to, own)
	return 0
}
