package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestStages holds the table of two stages of bottlenecks, whose first strides, to the paper's.
func TestStages(t *testing.T) {
	layer := func(name, unit, op string, in, out [3]int) network.Layer {
		return network.Layer{Name: name, Unit: unit, Op: op, In: in, Out: out, Parameters: 1, MACs: 10}
	}
	stem, small := [3]int{8, 8, 16}, [3]int{4, 4, 8}
	layers := []network.Layer{
		layer("conv1", "stem", "7×7/2 symmetric, bn, leaky", [3]int{16, 16, 3}, stem),
		layer("maxpool", "stem", "max pool 3×3/2 symmetric", stem, stem),
	}
	for stage, unit := range []string{"layer1.0", "layer1.1", "layer2.0"} {
		in, out := stem, stem
		if stage == 2 {
			out = [3]int{4, 4, 32}
		}
		inner := [3]int{out[0], out[1], 8}
		layers = append(layers,
			layer(unit+".conv1", unit, "1×1, bn, leaky", in, inner),
			layer(unit+".conv2", unit, "3×3, bn, leaky", inner, inner),
			layer(unit+".conv3", unit, "bn, leaky, 1×1", inner, out)) // as pre-activation units have it
		if in != out {
			layers = append(layers, layer(unit+".downsample", unit, "1×1/2, bn, leaky", in, out))
		}
	}
	layers = append(layers, layer("avgpool", "head", "global pool", small, [3]int{1, 1, 32}), layer("fc", "head", "fully connected", [3]int{1, 1, 32}, [3]int{1, 1, 10}))
	var out strings.Builder
	if err := printStages(&out, stagesOf(layers)); err != nil {
		t.Fatal(err)
	}
	const want = `stage    out     blocks                         parameters  MACs
conv1    8×8×16  7×7, 16, stride 2              1           10
maxpool  8×8×16  max pool 3×3, stride 2         1           10
stage 1  8×8×16  [1×1, 8; 3×3, 8; 1×1, 16] × 2  6           60
stage 2  4×4×32  [1×1, 8; 3×3, 8; 1×1, 32] × 1  4           40
avgpool  1×1×32  global pool                    1           10
fc       1×1×10  fully connected                1           10
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
}
