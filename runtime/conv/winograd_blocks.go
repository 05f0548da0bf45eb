package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// WinogradBlocks transforms images of one size to tiles in blocks of abi.PackChannels channels:
// each block has all images, as [images][36][tiles][16]. So a gradient from one block to another
// reads memory in order.
type WinogradBlocks struct {
	image  WinogradImage
	images int
}

// NewWinogradBlocks returns the transforms of at most so many images of that size. Channels are a
// multiple of abi.PackChannels.
func NewWinogradBlocks(height, width, channels, images int) WinogradBlocks {
	w := NewWinogradImage(height, width, channels, 1)
	w.Pixel, w.Channels, w.Plane = channels, abi.PackChannels, abi.WinogradPlane(w.Tiles(), abi.PackChannels)
	return WinogradBlocks{w, images}
}

// Gradient returns the gradient that so many images have from a block to one of others.
func (w *WinogradBlocks) Gradient(images int) f32.WinogradBlock {
	return f32.WinogradBlock{Images: images, Tiles: w.image.Tiles(), Image: w.pitch(), Plane: w.image.Plane}
}

// At returns a block's tiles from image i on.
func (w *WinogradBlocks) At(blocks []float32, block, i int) []float32 {
	return blocks[(block*w.images+i)*w.pitch():]
}

// pitch returns the elements from one image to the next.
func (w *WinogradBlocks) pitch() int { return abi.WinogradPlanes * w.image.Plane }

// TransformInput transforms image i, in a halo of one pixel.
func (w *WinogradBlocks) TransformInput(blocks []float32, i int, x, padded []float32) {
	x, l := w.image.fill(x, padded)
	for b := range w.image.Pixel / abi.PackChannels {
		w.image.Grid.TransformInput(w.At(blocks, b, i), x[b*abi.PackChannels:], l.Pitch())
	}
}

// TransformGradient transforms the gradient of image i, in a halo of one pixel.
func (w *WinogradBlocks) TransformGradient(blocks []float32, i int, dy, padded []float32) {
	dy, l := w.image.fill(dy, padded)
	dy = dy[l.Index(0, 0):]
	for b := range w.image.Pixel / abi.PackChannels {
		w.image.Grid.TransformGradient(w.At(blocks, b, i), dy[b*abi.PackChannels:], l.Pitch())
	}
}
