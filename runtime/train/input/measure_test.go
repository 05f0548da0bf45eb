package input

import (
	"testing"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// counted is a network that notes the first image of each training step.
type counted struct {
	*fakenet.Net
	first []float32
}

func (c *counted) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	c.first = append(c.first, images[0])
	return c.Net.TrainStep(images, labels, rate)
}

// TestMeasure holds which steps are counted and what they train on.
func TestMeasure(t *testing.T) {
	set := &dataset.Set{Height: fakenet.Height, Width: fakenet.Width, Channels: 1, Classes: fakenet.Classes}
	for i := range 40 {
		set.Labels = append(set.Labels, int32(i%fakenet.Classes))
		for p := range set.Size() {
			set.Images = append(set.Images, byte(i*p))
		}
	}
	net := &counted{Net: fakenet.New(network.Options{Threads: 1})}
	got := Measure(&fakenet.Info, net, set, dataset.Augment{}, 2, 3)
	if len(got.Prepared) != 6 || len(got.Repeated) != 6 {
		t.Fatalf("got %d and %d times, want 6 of each", len(got.Prepared), len(got.Repeated))
	}
	if len(net.first) != 2*2*(2+3) {
		t.Fatalf("got %d steps, want 20", len(net.first))
	}
	distinct := func(values []float32) int {
		seen := map[float32]bool{}
		for _, v := range values {
			seen[v] = true
		}
		return len(seen)
	}
	if n := distinct(net.first[:5]); n < 2 {
		t.Errorf("prepared batches: got %d different images, want several", n)
	}
	if n := distinct(append(net.first[5:10:10], net.first[15:]...)); n != 1 {
		t.Errorf("the repeated batch: got %d different images, want one", n)
	}
}
