package nn

import (
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Conv is a convolution in a training step, computed directly. Its input x is in the layout of
// [conv.Shape.Input], its output y has no halo.
type Conv struct {
	forward *conv.Forward
	data    *conv.BackwardData
	weights *conv.BackwardWeights
	batch   *conv.BatchWeights // instead of weights, where the batch's gradient goes by blocks
}

// NewConv returns a kernel×kernel convolution with TensorFlow's SAME padding, of images of the
// given size.
func NewConv(kernel, stride, height, width, in, out int) *Conv {
	return newConv(conv.SameShape(kernel, stride, height, width, in, out))
}

// NewSymmetricConv is [NewConv] with PyTorch's padding of kernel/2 pixels on each side.
func NewSymmetricConv(kernel, stride, height, width, in, out int) *Conv {
	return newConv(conv.SymmetricShape(kernel, stride, height, width, in, out))
}

func newConv(s conv.Shape) *Conv {
	return &Conv{conv.NewForward(s, s.OutRows()), conv.NewBackwardData(s), conv.NewBackwardWeights(s), conv.NewBatchWeights(s)}
}

// Forward computes y = x ⋆ w for one image from packed weights: see [conv.Forward.Compute].
func (c *Conv) Forward(y, x, packed []float32) { c.forward.Compute(y, x, packed) }

// BackwardData computes the gradient of x, without halo, from that of y, for one image: see
// [conv.BackwardData.Compute].
func (c *Conv) BackwardData(dx, dy, packed []float32) { c.data.Compute(dx, dy, packed) }

// BackwardWeights adds one image's gradient of the weights to dw: see
// [conv.BackwardWeights.Accumulate].
func (c *Conv) BackwardWeights(dw, x, dy []float32) { c.weights.Accumulate(dw, x, dy) }

// Pack rebuilds worker part's share of the packed weights.
func (c *Conv) Pack(w *Weights, b *Batch, part par.Part) {
	c.forward.Pack(w.Forward, w.Value, part)
	if w.packsBackward(b) {
		c.data.Pack(w.Backward, w.Value, part)
	}
}
