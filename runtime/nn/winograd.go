package nn

import (
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Winograd is a 3×3 convolution of stride 1 and padding 1 in a training step, by Winograd's F(4×4,
// 3×3): see [conv.Winograd] and [conv.WinogradBackwardWeights]. Its input and the gradient of its
// output are in halos of one pixel. A worker does all in one workspace of abi.WinogradWorkspace
// elements.
type Winograd struct {
	forward, data *conv.Winograd
	weights       *conv.WinogradBackwardWeights
	packing       conv.WinogradPacking
}

// NewWinograd returns a convolution of images of the given size.
func NewWinograd(height, width, in, out int) *Winograd {
	return &Winograd{
		conv.NewWinograd(height, width, in, out), conv.NewWinograd(height, width, out, in),
		conv.NewWinogradBackwardWeights(height, width, in, out),
		conv.WinogradPacking{In: in, Out: out},
	}
}

// Forward computes y = x ⋆ w for one image in a halo, from packed weights.
func (w *Winograd) Forward(y, x, packed, workspace []float32) {
	w.forward.Compute(y, x, packed, workspace)
}

// BackwardData computes the gradient of x, without halo, from that of y in a halo of zeros, for one
// image.
func (w *Winograd) BackwardData(dx, dy, packed, workspace []float32) {
	w.data.Compute(dx, dy, packed, workspace)
}

// BackwardWeights adds image k of a group to the gradient of the weights, which stays in the
// workspace until [Winograd.FinishWeights].
func (w *Winograd) BackwardWeights(x, dy, workspace []float32, k int) {
	w.weights.Add(x, dy, workspace, k)
}

// FinishWeights writes the gradient of the weights, [3][3][in][out], of a group of that many
// images.
func (w *Winograd) FinishWeights(dw, workspace []float32, images int) {
	w.weights.Finish(dw, workspace, images)
}

// Pack rebuilds worker part's share of the packed weights.
func (w *Winograd) Pack(weights *Weights, b *Batch, part par.Part) {
	weights.packWinograd(&w.packing, b, part)
}
