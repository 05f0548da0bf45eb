package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// WinogradBackwardWeights computes the gradient of the weights of a 3×3 convolution of stride 1 and
// padding 1 by Winograd's F(4×4, 3×3), over a group of images. Each product's sum is one chain of
// fused multiply-adds from +0 over the images and their tiles in raster order: those of a band of a
// large image at a time, or of several small images.
type WinogradBackwardWeights struct {
	workspace
	x, dy   WinogradImage // in planes for so many, or for a band
	product f32.Outer     // the sums of a row of tiles
}

// NewWinogradBackwardWeights returns the gradient of the weights of a convolution of images of that
// size.
func NewWinogradBackwardWeights(height, width, in, out int) *WinogradBackwardWeights {
	return newWinogradBackwardWeights(newWorkspace(height, width, in, out))
}

func newWinogradBackwardWeights(s workspace) *WinogradBackwardWeights {
	in, out := s.in, s.out
	b := &WinogradBackwardWeights{workspace: s, x: s.image(in), dy: s.image(out)}
	tiles := b.images * s.band * b.x.Cols
	b.x.Plane, b.dy.Plane = abi.WinogradPlane(tiles, in), abi.WinogradPlane(tiles, out)
	b.product = f32.Outer{
		Rows: 1, Cols: b.x.Cols, XCol: in, DYCol: out, In: in, Out: out,
		Planes: abi.WinogradPlanes, DWPlane: abi.WinogradPlane(in, out), XPlane: b.x.Plane, DYPlane: b.dy.Plane,
	}
	return b
}

// Add transforms image k of a group and the gradient of its output, both in a halo of one pixel,
// and, when there are enough images, adds their products to the transformed gradient of the
// weights. This stays in the workspace, of abi.WinogradWorkspace elements, from one call to the
// next; a [Winograd] leaves it as it is. [WinogradBackwardWeights.Finish] ends a group.
func (b *WinogradBackwardWeights) Add(x, dy, workspace []float32, k int) {
	if b.band < b.x.Rows {
		b.addBands(x, dy, workspace, k)
		return
	}
	padded, _ := b.padded(workspace)
	v, u, _ := b.planes(workspace)
	b.x.Input(b.x.Image(v, k%b.images), x, padded)
	b.dy.Gradient(b.dy.Image(u, k%b.images), dy, padded)
	if (k+1)%b.images == 0 {
		b.addProducts(workspace, b.images*b.x.Rows, k < b.images)
	}
}

// addBands adds image k band by band.
func (b *WinogradBackwardWeights) addBands(x, dy, workspace []float32, k int) {
	v, u, _ := b.planes(workspace)
	in, out := b.x.halo.Pitch(), b.dy.halo.Pitch()
	dy = dy[b.dy.halo.Index(0, 0):]
	for row, g := range b.x.bands(b.band) {
		g.TransformInput(v, x[4*row*in:], in)
		g.Channels, g.Plane = b.dy.Channels, b.dy.Plane
		g.TransformGradient(u, dy[4*row*out:], out)
		b.addProducts(workspace, g.Rows, k == 0 && row == 0)
	}
}

// Finish adds what is left of a group of so many images, and writes the gradient of the weights,
// [3][3][in][out].
func (b *WinogradBackwardWeights) Finish(dw, workspace []float32, images int) {
	if rest := images % b.images; rest > 0 {
		b.addProducts(workspace, rest*b.x.Rows, images < b.images)
	}
	_, _, du := b.planes(workspace)
	f32.TransformWeightGradient(dw, b.in*b.out, du, abi.WinogradPlane(b.in, b.out), b.in*b.out)
}

// addProducts adds the products of so many rows of tiles, plane by plane, to the transformed
// gradient, which the first of a group begin.
func (b *WinogradBackwardWeights) addProducts(workspace []float32, rows int, first bool) {
	v, u, du := b.planes(workspace)
	several := b.product
	several.Cols *= rows
	if first {
		several.Sum(du, v, u)
	} else {
		several.Accumulate(du, v, u)
	}
}

// planes cuts what lies behind a [Winograd]'s part of a workspace into the transformed inputs and
// output gradients of a band or several images, and the transformed gradient of the weights.
func (b *WinogradBackwardWeights) planes(workspace []float32) (v, u, du []float32) {
	_, rest := b.padded(workspace)
	tiles := b.band * b.x.Cols
	rest = rest[abi.WinogradPlanes*(abi.WinogradPlane(tiles, b.in)+abi.WinogradPlane(tiles, b.out)):]
	v, rest = rest[:abi.WinogradPlanes*b.x.Plane], rest[abi.WinogradPlanes*b.x.Plane:]
	u, rest = rest[:abi.WinogradPlanes*b.dy.Plane], rest[abi.WinogradPlanes*b.dy.Plane:]
	return v, u, rest[:abi.WinogradPlanes*abi.WinogradPlane(b.in, b.out)]
}
