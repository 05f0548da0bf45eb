package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Winograd computes the output of a 3×3 convolution of stride 1 and padding 1, or the gradient of
// its input, by Winograd's F(4×4, 3×3): 36 products where the direct sum has 144.
//
// The sum of a product over the channels is one chain of fused multiply-adds from +0; package f32
// defines the transforms. Errors are some five to ten times those of the direct sum.
type Winograd struct {
	workspace
	from, to WinogradImage
	products *f32.Tiles
}

// NewWinograd returns a convolution of images of that size between so many channels. For the
// gradient of the input, from is the channels of the output, to those of the input, and the weights
// are packed for the backward pass.
func NewWinograd(height, width, from, to int) *Winograd {
	w := &Winograd{
		workspace: workspace{height, width, from, to},
		from:      NewWinogradImage(height, width, from, 1), to: NewWinogradImage(height, width, to, 1),
	}
	w.products = WinogradProducts(w.from.Tiles(), &w.from.Grid, &w.to.Grid)
	return w
}

// Compute computes y = x ⋆ w for one image x in a halo of one pixel, from weights packed by
// [WinogradPacking]. The workspace has abi.WinogradWorkspace elements, whose contents do not
// matter.
func (w *Winograd) Compute(y, x, packed, workspace []float32) {
	padded, v, m := w.split(workspace)
	w.from.Input(v, x, padded)
	w.products.Conv(m, v, packed)
	w.to.Output(y, m, padded)
}

// split cuts a workspace into the image in whole tiles, and both transformed images.
func (w *Winograd) split(workspace []float32) (padded, v, m []float32) {
	padded, rest := w.padded(workspace)
	return padded, rest[:abi.WinogradPlanes*w.from.Plane], rest[abi.WinogradPlanes*w.from.Plane:][:abi.WinogradPlanes*w.to.Plane]
}

// workspace is the memory of abi.WinogradWorkspace elements in which one worker convolves images of
// that size: an image in whole tiles; both transformed images of a [Winograd]; and the planes of a
// [WinogradBackwardWeights], which stay from one image to the next.
type workspace struct {
	height, width int
	in, out       int // channels; which of them are the input's does not matter
}

// padded cuts off the image in whole tiles.
func (s *workspace) padded(memory []float32) (padded, rest []float32) {
	n := abi.WinogradPadded(s.height, s.width, max(s.in, s.out))
	return memory[:n], memory[n:]
}
