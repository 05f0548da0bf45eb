package lower_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/gen/lower"
	"github.com/resnetgen/resnetgen/spec"
)

// graph lowers a small network with more keys.
func graph(t *testing.T, keys string) *ir.Graph {
	t.Helper()
	const small = `{name: small, input: {height: 8, width: 6, channels: 3}, classes: 10, filters: [8, 16], strides: [2], units: [2], %s}`
	net, err := spec.Parse("small.yaml", fmt.Appendf(nil, small, keys))
	if err != nil {
		t.Fatal(err)
	}
	return lower.Lower(net)
}

// TestInitialization holds that the deviation of weights follows from the fan that the spec names.
func TestInitialization(t *testing.T) {
	want := map[string]map[string]int{ // kernel · kernel · channels
		"initialization: fan-out":                      {"init/init_conv/DW": 9 * 8, "unit_1_0/sub1/conv1/DW": 9 * 16, "unit_1_0/sub2/conv2/DW": 9 * 16},
		"initialization: fan-in":                       {"init/init_conv/DW": 9 * 3, "unit_1_0/sub1/conv1/DW": 9 * 8, "unit_1_0/sub2/conv2/DW": 9 * 16},
		"initialization: fan-in, shortcut: projection": {"unit_1_0/sub_add/project/DW": 8},
		"bottleneck: true, inner_filters: [5]":         {"unit_1_0/sub1/conv1/DW": 5, "unit_1_0/sub2/conv2/DW": 9 * 5, "unit_1_0/sub3/conv3/DW": 16},
	}
	for keys, fans := range want {
		for _, v := range graph(t, keys).Variables {
			fan, asked := fans[v.Name]
			if scale := math.Sqrt(2 / float64(fan)); asked && (v.Init != ir.Normal || v.Scale != scale) {
				t.Errorf("%s: %s: got %s %g, want %s %g", keys, v.Name, v.Init, v.Scale, ir.Normal, scale)
			}
			delete(fans, v.Name)
		}
		for name := range fans {
			t.Errorf("%s: got no variable %s", keys, name)
		}
	}
}

// TestBottleneck holds the convolutions' shapes of a bottleneck that strides in its middle.
func TestBottleneck(t *testing.T) {
	var got []string
	for _, c := range graph(t, "bottleneck: true, inner_filters: [5], bottleneck_stride: middle").Convs[1:5] {
		got = append(got, fmt.Sprintf("%s %d×%d/%d %v to %v", c.Field, c.Kernel, c.Kernel, c.Stride, c.In, c.Out))
	}
	want := []string{
		"conv1 1×1/1 8×6×8 to 8×6×5", "conv2 3×3/2 8×6×5 to 4×3×5", "conv3 1×1/1 4×3×5 to 4×3×16", "project 1×1/2 8×6×8 to 4×3×16",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
