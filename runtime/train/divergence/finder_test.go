package divergence

import (
	"math"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestAllFinite finds NaN and Inf at any index.
func TestAllFinite(t *testing.T) {
	for n := range 11 {
		values := make([]float32, n)
		for i := range values {
			values[i] = math.MaxFloat32
		}
		if !allFinite(values) {
			t.Errorf("%d large numbers: got some not finite", n)
		}
		for i := range values {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				values[i] = float32(bad)
				if allFinite(values) {
					t.Errorf("%g at %d of %d: got all finite", bad, i, n)
				}
			}
			values[i] = 0
		}
	}
}

// second is a network that comes to no number in the second batch of fakenet.Images, unless its
// weights are 0.
type second struct{ *fakenet.Net }

func (s *second) Eval(images []float32, labels []int32) network.Metrics {
	m := s.Net.Eval(images, labels)
	if labels[0] == 2 && s.Variables()[0].Value[0] != 0 { // of three classes in turn, the first of batches of five
		m.Loss = math.NaN()
	}
	return m
}

// TestDivergingBatch finds the layer of a batch that is not the first.
func TestDivergingBatch(t *testing.T) {
	set := fakenet.Images(12, 2)
	f := &Finder{Info: &fakenet.Info, Net: &second{fakenet.New(network.Options{})}}
	network.Initialize(f.Net.Variables(), 1)
	if got := f.InEvaluation(set); got != "logit" {
		t.Errorf("got layer %q, want logit", got)
	}
	clear(f.Net.Variables()[0].Value)
	if got := f.InEvaluation(set); got != "" {
		t.Errorf("got layer %q, want none where all batches come to numbers", got)
	}
}
