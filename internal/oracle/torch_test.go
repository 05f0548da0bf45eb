package oracle

import (
	"slices"
	"testing"
)

// TestTorchNames compares with names of torchvision's resnet18 and resnet50, and of a network of
// pre-activation units.
func TestTorchNames(t *testing.T) {
	for from, want := range map[string]string{
		"init/init_conv/DW":                               "conv1.weight",
		"init/init_bn/beta":                               "bn1.bias",
		"unit_1_0/sub1/conv1/DW":                          "layer1.0.conv1.weight",
		"unit_3_22/sub3/bn3/moving_variance":              "layer3.22.bn3.running_var",
		"unit_2_0/sub_add/project/DW":                     "layer2.0.downsample.0.weight",
		"unit_2_0/sub_add/project_bn/gamma":               "layer2.0.downsample.1.weight",
		"unit_1_1/residual_only_activation/init_bn/gamma": "layer1.1.bn1.weight",
		"unit_1_0/common_bn_relu/init_bn/moving_mean":     "layer1.0.bn1.running_mean",
		"unit_last/final_bn/beta":                         "bn.bias",
		"logit/DW":                                        "fc.weight",
		"logit/biases":                                    "fc.bias",
	} {
		if got := torchName(from); got != want {
			t.Errorf("%s: got %s, want %s", from, got, want)
		}
	}
}

// TestOutputsFirst turns a kernel of one row, and a matrix.
func TestOutputsFirst(t *testing.T) {
	kernel := outputsFirst(&Tensor{Shape: []int{1, 2, 2, 3}, Data: []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}})
	if want := []float64{1, 7, 4, 10, 2, 8, 5, 11, 3, 9, 6, 12}; !slices.Equal(kernel.Data, want) || !slices.Equal(kernel.Shape, []int{3, 2, 1, 2}) {
		t.Errorf("got %v of shape %v, want %v", kernel.Data, kernel.Shape, want)
	}
	matrix := outputsFirst(&Tensor{Shape: []int{2, 3}, Data: []float64{1, 2, 3, 4, 5, 6}})
	if want := []float64{1, 4, 2, 5, 3, 6}; !slices.Equal(matrix.Data, want) || !slices.Equal(matrix.Shape, []int{3, 2}) {
		t.Errorf("got %v of shape %v, want %v", matrix.Data, matrix.Shape, want)
	}
}
