package train

import (
	"math"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// TestAllFinite finds a number that is none wherever it stands.
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

// second is a network that comes to no number in the second batch of testSet, unless its weights are 0.
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
	o := options(t.TempDir(), &recorder{})
	o.Net = &second{fakenet.New(network.Options{})}
	network.Initialize(o.Net.Variables(), 1)
	r := &runner{Options: o, images: partition.Images{Measured: o.Test}}
	if got := r.firstLayerInTest(); got != "logit" {
		t.Errorf("got layer %q, want logit", got)
	}
	clear(o.Net.Variables()[0].Value)
	if got := r.firstLayerInTest(); got != "" {
		t.Errorf("got layer %q, want none where all batches come to numbers", got)
	}
}

// TestLastBefore holds what is said of the checkpoints of a run that came to no number at step 7.
func TestLastBefore(t *testing.T) {
	for want, steps := range map[string][]int{
		"it has no checkpoint yet":                                      nil,
		"its last checkpoint is kept, F/checkpoints/step-5.safetensors": {3, 5},
		"remove F/checkpoints/step-7.safetensors, which has diverged, too, and --resume goes on from F/checkpoints/step-5.safetensors": {5, 7},
		"its only checkpoint has diverged, too: F/checkpoints/step-7.safetensors":                                                      {7},
		"it has no checkpoint from before": {8},
	} {
		r := &runner{folder: &runs.Held{Folder: runs.Folder(t.TempDir())}}
		for _, step := range steps {
			if err := state.Save(r.folder.Checkpoint(step), fakenet.New(network.Options{}), step, nil); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.ReplaceAll(r.lastBefore(7), string(r.folder.Folder), "F"); got != want {
			t.Errorf("%v: got %q, want %q", steps, got, want)
		}
	}
}
