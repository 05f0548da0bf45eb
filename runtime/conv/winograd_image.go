package conv

import (
	"iter"

	"github.com/resnetgen/resnetgen/asm/f32"
)

// WinogradImage transforms images of one size to Winograd's tiles and back. Where whole tiles reach
// beyond an image, it works on a copy that they fill, in memory of abi.WinogradPadded elements.
type WinogradImage struct {
	f32.Grid        // the tiles of an image, in planes with room for those of several
	plain, halo     Layout
	tiled, tileHalo Layout // in whole tiles
}

// NewWinogradImage returns the transforms of images of that size, into planes with room for so many
// of them.
func NewWinogradImage(height, width, channels, images int) WinogradImage {
	return WinogradImage{
		WinogradGrid(height, width, channels, images),
		Plain(height, width, channels), Halo(height, width, channels, 1),
		Tiled(height, width, channels), TiledHalo(height, width, channels, 1),
	}
}

// Tiles returns how many tiles an image has.
func (w *WinogradImage) Tiles() int { return w.Rows * w.Cols }

// Image returns image i's tiles in planes of several.
func (w *WinogradImage) Image(planes []float32, i int) []float32 {
	return planes[i*w.Tiles()*w.Channels:]
}

// Input transforms an image in a halo of one pixel to v.
func (w *WinogradImage) Input(v, x, padded []float32) {
	x, l := w.fill(x, padded)
	w.TransformInput(v, x, l.Pitch())
}

// Gradient transforms the gradient of an image, in a halo of one pixel, to u.
func (w *WinogradImage) Gradient(u, dy, padded []float32) {
	dy, l := w.fill(dy, padded)
	w.TransformGradient(u, dy[l.Index(0, 0):], l.Pitch())
}

// Output transforms m to the image y, without halo.
func (w *WinogradImage) Output(y, m, padded []float32) {
	if w.tiled == w.plain {
		w.TransformOutput(y, m, w.plain.Pitch())
		return
	}
	w.TransformOutput(padded[:w.tiled.Len()], m, w.tiled.Pitch())
	for h := range w.plain.Height {
		copy(y[w.plain.Index(h, 0):][:w.plain.Pitch()], padded[w.tiled.Index(h, 0):])
	}
}

// bands yields the tiles of an image by so many rows, with the first row of each.
func (w *WinogradImage) bands(rows int) iter.Seq2[int, f32.Grid] {
	return func(yield func(int, f32.Grid) bool) {
		for row := 0; row < w.Rows; row += rows {
			g := w.Grid
			g.Rows = min(rows, w.Rows-row)
			if !yield(row, g) {
				return
			}
		}
	}
}

// fill returns an image in a halo that whole tiles can be cut from: x, or a copy of it in padded
// with zeros behind it.
func (w *WinogradImage) fill(x, padded []float32) ([]float32, *Layout) {
	from, to := &w.halo, &w.tileHalo
	if *from == *to {
		return x, from
	}
	for h := range to.Rows {
		row, n := padded[h*to.Pitch():][:to.Pitch()], 0
		if h < from.Rows {
			n = copy(row, x[h*from.Pitch():][:from.Pitch()])
		}
		clear(row[n:])
	}
	return padded[:to.Len()], to
}
