package generated_test

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/generated/resnet164"
	"github.com/resnetgen/resnetgen/generated/resnet20"
	"github.com/resnetgen/resnetgen/generated/resnet32"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// network is a committed network and how many images a test gives it: few, because the tests also
// run without assembly.
type compiled struct {
	info   *network.Info
	build  func(network.Options) network.Network
	images int
}

var networks = []compiled{
	{&resnet20.Info, func(o network.Options) network.Network { return resnet20.New(o) }, 3},
	{&resnet32.Info, func(o network.Options) network.Network { return resnet32.New(o) }, 1},
	{&resnet164.Info, func(o network.Options) network.Network { return resnet164.New(o) }, 1},
}

// batch returns random images and labels.
func (n *compiled) batch() ([]float32, []int32) {
	r := rand.New(rand.NewPCG(1, 2))
	images := make([]float32, n.images*n.info.Input[0]*n.info.Input[1]*n.info.Input[2])
	for i := range images {
		images[i] = float32(r.NormFloat64())
	}
	labels := make([]int32, n.images)
	for i := range labels {
		labels[i] = int32(r.IntN(n.info.Classes))
	}
	return images, labels
}

// fresh returns the network with its variables initialized.
func (n *compiled) fresh(threads int) network.Network {
	net := n.build(network.Options{Threads: threads})
	network.Initialize(net.Variables(), 1)
	return net
}

// stepDigest digests everything that a training step leaves.
func stepDigest(net network.Network, m network.Metrics, seed maphash.Seed) string {
	digest := func(s []float32) uint64 {
		var h maphash.Hash
		h.SetSeed(seed)
		for _, v := range s {
			maphash.WriteComparable(&h, math.Float32bits(v))
		}
		return h.Sum64()
	}
	text := fmt.Sprintf("%x %x %d logits %x", math.Float64bits(m.Loss), math.Float64bits(m.CrossEntropy), m.Correct, digest(net.LastLogits()))
	for _, v := range net.Variables() {
		text += fmt.Sprintf("\n%s %x %x", v.Name, digest(v.Value), digest(v.Gradient))
		for _, slot := range v.Slots {
			text += fmt.Sprintf(" %x", digest(slot.Value))
		}
	}
	return text
}

// TestThreads holds that the number of workers changes no bit.
func TestThreads(t *testing.T) {
	seed := maphash.MakeSeed()
	n := networks[0]
	images, labels := n.batch()
	want := ""
	for _, threads := range []int{1, 2, 3, 5} {
		net := n.fresh(threads)
		net.TrainStep(images, labels, 0.1)
		got := stepDigest(net, net.TrainStep(images, labels, 0.1), seed)
		net.Close()
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d threads: got\n%s\nwant, as with 1,\n%s", threads, got, want)
		}
	}
}

// TestLevels holds that the instruction set changes no bit.
func TestLevels(t *testing.T) {
	seed := maphash.MakeSeed()
	for _, n := range networks {
		images, labels := n.batch()
		want := ""
		for _, level := range cpu.Levels() {
			restore := cpu.Set(level)
			net := n.fresh(2)
			got := stepDigest(net, net.TrainStep(images, labels, 0.1), seed)
			net.Close()
			restore()
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s: %s: got\n%s\nwant, as portable,\n%s", n.info.Name, level, got, want)
			}
		}
	}
}

// TestStepAllocatesNothing holds it for each call that a trainer makes.
func TestStepAllocatesNothing(t *testing.T) {
	for _, n := range networks {
		images, labels := n.batch()
		net := n.fresh(2)
		defer net.Close()
		for name, call := range map[string]func(){
			"TrainStep": func() { net.TrainStep(images, labels, 0.1) },
			"Eval":      func() { net.Eval(images, labels) },
			"Logits":    func() { net.Logits(images) },
		} {
			if allocs := testing.AllocsPerRun(1, call); allocs != 0 {
				t.Errorf("%s: %s: got %g allocations, want 0", n.info.Name, name, allocs)
			}
		}
	}
}

// TestLearns holds that a few steps on one batch bring the loss down, for each network.
func TestLearns(t *testing.T) {
	for _, n := range networks {
		images, labels := n.batch()
		net := n.fresh(2)
		first := net.TrainStep(images, labels, 0.01)
		var last network.Metrics
		for range 3 {
			last = net.TrainStep(images, labels, 0.01)
		}
		net.Close()
		if !(last.CrossEntropy < first.CrossEntropy) {
			t.Errorf("%s: got a cross entropy from %g to %g in four steps, want it to fall", n.info.Name, first.CrossEntropy, last.CrossEntropy)
		}
	}
}
