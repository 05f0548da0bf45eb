package generated_test

import (
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// TestInferenceFunction holds that an inference package takes its trainer's checkpoints, and none
// of a network that computes something else of the same variables.
func TestInferenceFunction(t *testing.T) {
	for i := range networks {
		n := &networks[i]
		net := n.fresh(1)
		defer net.Close()
		for want, change := range map[string]func(*checkpoint.Function){
			"":                                       func(*checkpoint.Function) {},
			"layers: got other sizes or strides":     func(f *checkpoint.Function) { f.Architecture = "b2" },
			"relu_leakiness: got 0.2, want 0.1":      func(f *checkpoint.Function) { f.Leak = 0.2 },
			"batch_norm.epsilon: got 1, want 0.001":  func(f *checkpoint.Function) { f.Epsilon = 1 },
			"standardize.mean: got [0.5], want none": func(f *checkpoint.Function) { f.Mean, f.Std = []float64{0.5}, []float64{0.25} },
		} {
			f := file(net)
			metadata, err := state.Header(n.info)
			if err != nil {
				t.Fatal(err)
			}
			other := checkpoint.FunctionOf(n.info)
			change(other)
			if err := other.WriteMetadata(metadata); err != nil {
				t.Fatal(err)
			}
			f.Metadata = metadata
			m, err := inferences[i](f, engine.Options{})
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got error %v, want %q in it", n.info.Name, err, want)
			}
			if err == nil {
				m.Close()
			}
		}
	}
}

// TestArchitectureIsKept holds a network's hash to that of its checkpoints up to now, which would
// be refused with another.
func TestArchitectureIsKept(t *testing.T) {
	const want = "211f589f5772b9c35311fd7e5c239bbcc13ed487e537b06c095a810e2700b6e3"
	if n := networks[0].info; n.Architecture() != want {
		t.Errorf("%s: got architecture %s, want %s: the checkpoints that there are would be refused", n.Name, n.Architecture(), want)
	}
}
