package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Winograd computes the output of a 3×3 convolution of stride 1 and padding 1, or the gradient of
// its input, by Winograd's F(4×4, 3×3): 36 products where the direct sum has 144. It goes by bands
// of tiles that stay in a core's cache.
//
// The sum of a product over the channels is one chain of fused multiply-adds from +0; package f32
// defines the transforms. Errors are some five to ten times those of the direct sum.
type Winograd struct {
	workspace
	from, to WinogradImage      // in planes for a band
	products map[int]*f32.Tiles // by the rows of a band: the last may have fewer
}

// NewWinograd returns a convolution of images of that size between so many channels. For the
// gradient of the input, from is the channels of the output, to those of the input, and the weights
// are packed for the backward pass.
func NewWinograd(height, width, from, to int) *Winograd {
	return newWinograd(newWorkspace(height, width, from, to))
}

func newWinograd(s workspace) *Winograd {
	from, to := s.in, s.out
	w := &Winograd{workspace: s, from: s.image(from), to: s.image(to), products: map[int]*f32.Tiles{}}
	for _, b := range w.from.bands(w.band) {
		w.products[b.Rows] = WinogradProducts(b.Rows*b.Cols, &w.from.Grid, &w.to.Grid)
	}
	return w
}

// Compute computes y = x ⋆ w for one image x in a halo of one pixel, from weights packed by
// [WinogradPacking]. The workspace has abi.WinogradWorkspace elements, whose contents do not
// matter.
func (w *Winograd) Compute(y, x, packed, workspace []float32) {
	padded, v, m := w.split(workspace)
	x, l := w.from.fill(x, padded)
	for row, g := range w.from.bands(w.band) {
		g.TransformInput(v, x[4*row*l.Pitch():], l.Pitch())
		w.products[g.Rows].Conv(m, v, packed)
		if g.Rows == w.from.Rows {
			w.to.Output(y, m, padded)
			return
		}
		g.Channels, g.Plane = w.to.Channels, w.to.Plane
		g.TransformOutput(y[4*row*w.to.plain.Pitch():], m, w.to.plain.Pitch())
	}
}

// split cuts a workspace into the image in whole tiles, and both transforms of a band.
func (w *Winograd) split(workspace []float32) (padded, v, m []float32) {
	padded, rest := w.padded(workspace)
	return padded, rest[:abi.WinogradPlanes*w.from.Plane], rest[abi.WinogradPlanes*w.from.Plane:][:abi.WinogradPlanes*w.to.Plane]
}

// workspace is the memory of abi.WinogradWorkspace elements in which one worker convolves images of
// that size: an image in whole tiles; both transforms of a band of a [Winograd]; and the planes of
// a [WinogradBackwardWeights], which stay from one image to the next.
type workspace struct {
	height, width int
	in, out       int // channels; which of them are the input's does not matter
	band          int // rows of tiles
	images        int // whose products a [WinogradBackwardWeights] sums at a time
}

func newWorkspace(height, width, in, out int) workspace {
	return workspace{height, width, in, out, abi.WinogradBand(height, width, in, out), abi.WinogradImages(height, width, in, out)}
}

// image returns the transforms of images with so many channels, in planes for a band.
func (s *workspace) image(channels int) WinogradImage {
	w := NewWinogradImage(s.height, s.width, channels, 1)
	w.Plane = abi.WinogradPlane(s.band*w.Cols, channels)
	return w
}

// padded cuts off the image in whole tiles.
func (s *workspace) padded(memory []float32) (padded, rest []float32) {
	n := abi.WinogradPadded(s.height, s.width, max(s.in, s.out))
	return memory[:n], memory[n:]
}
