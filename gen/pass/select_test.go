package pass

import (
	"testing"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// TestSumWins holds which gradients of weights are summed over the batch: those of direct
// convolutions whose inputs and outputs, twice, are less than the gradients of the groups.
func TestSumWins(t *testing.T) {
	last := ir.Shape{H: 7, W: 7, C: 2048}
	for name, c := range map[string]struct {
		conv   *ir.Conv
		images int
		want   bool
	}{
		"1×1 of the last stage":  {testConv(1, 1, ir.Shape{H: 7, W: 7, C: 512}, last), 32, true},
		"with more images":       {testConv(1, 1, ir.Shape{H: 7, W: 7, C: 512}, last), 256, false},
		"1×1 of the first stage": {testConv(1, 1, ir.Shape{H: 56, W: 56, C: 64}, ir.Shape{H: 56, W: 56, C: 256}), 32, false},
		"projection, gathered":   {testConv(1, 2, ir.Shape{H: 14, W: 14, C: 1024}, last), 64, true},
		"3×3, with a halo":       {testConv(3, 2, ir.Shape{H: 14, W: 14, C: 512}, ir.Shape{H: 7, W: 7, C: 512}), 32, true},
		"fully connected":        {testConv(1, 1, ir.Shape{H: 1, W: 1, C: 512}, ir.Shape{H: 1, W: 1, C: 1000}), 256, true},
		"all taps at once":       {testConv(3, 2, ir.Shape{H: 14, W: 14, C: 513}, ir.Shape{H: 7, W: 7, C: 512}), 8, false},
		"few weights":            {testConv(1, 1, ir.Shape{H: 1, W: 1, C: 256}, ir.Shape{H: 1, W: 1, C: 100}), 1, false},
	} {
		if got := sumWins(c.conv, c.images); got != c.want {
			t.Errorf("%s, %d images: got %v, want %v: %d elements kept of an image, %d weights of %d groups", name, c.images, got, c.want,
				c.conv.KeptLen(), c.conv.Weights.Len(), abi.Groups)
		}
	}
}

// testConv returns a direct convolution.
func testConv(kernel, stride int, in, out ir.Shape) *ir.Conv {
	return &ir.Conv{
		Kernel: kernel, Stride: stride, In: in, Out: out, Algorithm: ir.Direct,
		Weights: &ir.Variable{Shape: []int{kernel, kernel, in.C, out.C}},
	}
}
