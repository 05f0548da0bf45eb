package network

import (
	"slices"
	"testing"
)

// bottleneck is a network of one bottleneck unit with a projection.
var bottleneck = Info{
	Layers: []Layer{
		{Name: "init/init_conv"},
		{Name: "unit_1_0/sub1"},
		{Name: "unit_1_0/sub2"},
		{Name: "unit_1_0/sub3"},
		{Name: "unit_1_0/sub_add/project"},
		{Name: "unit_last"},
		{Name: "logit"},
	},
	Ops: []Op{
		{Kind: Image, Name: "init"},
		{Kind: Conv, Name: "init/init_conv", In: []int{0}, Kernel: 3, Stride: 1},
		{Kind: Normalize, Name: "unit_1_0/init_bn", Layer: 1, In: []int{1}},
		{Kind: Activate, Name: "unit_1_0/init_bn", Layer: 1, In: []int{2}},
		{Kind: Conv, Name: "unit_1_0/sub1/conv1", Layer: 1, In: []int{3}, Kernel: 1, Stride: 2},
		{Kind: Normalize, Name: "unit_1_0/sub2/bn2", Layer: 2, In: []int{4}},
		{Kind: Activate, Name: "unit_1_0/sub2/bn2", Layer: 2, In: []int{5}},
		{Kind: Conv, Name: "unit_1_0/sub2/conv2", Layer: 2, In: []int{6}, Kernel: 3, Stride: 1},
		{Kind: Conv, Name: "unit_1_0/sub3/conv3", Layer: 3, In: []int{7}, Kernel: 1, Stride: 1},
		{Kind: Conv, Name: "unit_1_0/sub_add/project", Layer: 4, In: []int{1}, Kernel: 1, Stride: 2, Shortcut: true},
		{Kind: Add, Name: "unit_1_0/sub_add", Layer: 4, In: []int{8, 9}},
		{Kind: Normalize, Name: "unit_last/final_bn", Layer: 5, In: []int{10}},
		{Kind: Activate, Name: "unit_last/final_bn", Layer: 5, In: []int{11}},
		{Kind: GlobalPool, Name: "unit_last", Layer: 5, In: []int{12}},
		{Kind: Dense, Name: "logit", Layer: 6, In: []int{13}},
	},
	Variables: []VariableInfo{
		{Name: "init/init_conv/DW", Op: 1},
		{Name: "unit_1_0/init_bn/moving_mean", Op: 2, Role: MovingMean},
		{Name: "unit_1_0/sub2/bn2/gamma", Op: 5, Role: Gamma},
		{Name: "unit_1_0/sub2/bn2/moving_variance", Op: 5, Role: MovingVariance},
		{Name: "unit_1_0/sub_add/project/DW", Op: 9},
		{Name: "unit_last/final_bn/moving_mean", Op: 11, Role: MovingMean},
		{Name: "logit/DW", Op: 14},
		{Name: "logit/biases", Op: 14, Role: Bias},
	},
}

// TestSources finds the layers that each kind of variable comes from.
func TestSources(t *testing.T) {
	for name, want := range map[string][]string{
		"init/init_conv/DW":                 {"init/init_conv"},
		"unit_1_0/init_bn/moving_mean":      {"init/init_conv"},
		"unit_1_0/sub2/bn2/gamma":           {"unit_1_0/sub2"},
		"unit_1_0/sub2/bn2/moving_variance": {"unit_1_0/sub1"},
		"unit_1_0/sub_add/project/DW":       {"unit_1_0/sub_add/project"},
		"unit_last/final_bn/moving_mean":    {"unit_1_0/sub3", "unit_1_0/sub_add/project"},
		"logit/biases":                      {"logit"},
	} {
		k := slices.IndexFunc(bottleneck.Variables, func(v VariableInfo) bool { return v.Name == name })
		if got := bottleneck.OriginLayers(&bottleneck.Variables[k]); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		if got, want := bottleneck.IsLastLayer(name), k >= 6; got != want {
			t.Errorf("%s: got last layer %v, want %v", name, got, want)
		}
	}
	if bottleneck.IsLastLayer("unknown/DW") {
		t.Error("got an unknown variable in the last layer")
	}
}

// TestLayerOps describes each layer in the words that checkpoints have hashed from the first
// version on.
func TestLayerOps(t *testing.T) {
	want := []string{"3×3", "bn, leaky, 1×1/2", "bn, leaky, 3×3", "1×1", "1×1/2", "bn, leaky, global pool", "fully connected"}
	if got := bottleneck.LayerOps(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	pooled := Info{Ops: []Op{{Kind: Conv, Kernel: 3, Stride: 1}, {Kind: Pool, Kernel: 2, Stride: 2}, {Kind: Add}}}
	if got := pooled.LayerOps(); !slices.Equal(got, []string{"3×3, + pool 2"}) {
		t.Errorf("got %q, want the pool behind the convolution", got)
	}
	symmetric := Info{Ops: []Op{{Kind: Conv, Kernel: 3, Stride: 1, Symmetric: true}, {Kind: MaxPool, Layer: 1, Kernel: 3, Stride: 2, Symmetric: true}}}
	if got := symmetric.LayerOps(); !slices.Equal(got, []string{"3×3", "max pool 3×3/2 symmetric"}) {
		t.Errorf("got %q, want the padding where it makes a difference", got)
	}
	stem := Info{Ops: []Op{{Kind: Conv, Kernel: 7, Stride: 2}, {Kind: MaxPool, Layer: 1, Kernel: 3, Stride: 2}}}
	if got := stem.LayerOps(); !slices.Equal(got, []string{"7×7/2", "max pool 3×3/2"}) {
		t.Errorf("got %q, want the stem's convolution and its pool", got)
	}
}

// TestRoles gives each operation its variables.
func TestRoles(t *testing.T) {
	roles := bottleneck.Roles()
	if v := roles[14][Bias]; v == nil || v.Name != "logit/biases" {
		t.Errorf("got %v, want logit/biases", v)
	}
	if roles[0] != nil {
		t.Errorf("got %v of the image, want no variables", roles[0])
	}
}
