package conv

import "github.com/resnetgen/resnetgen/runtime/abi"

// Layout says how an image lies in memory: as [Rows][Cols][Channels] elements, of which
// [Height][Width] from pixel Border of row Border on are the image.
type Layout struct {
	Height, Width, Channels int
	Border                  int // pixels above and to the left of the image
	Rows, Cols              int // with what is around the image
}

// Plain returns the layout of an image without anything around it.
func Plain(height, width, channels int) Layout {
	return Layout{height, width, channels, 0, height, width}
}

// Halo returns the layout of an image with a border of zeros on each side, in pixels: what a
// convolution reads.
func Halo(height, width, channels, border int) Layout {
	return Layout{height, width, channels, border, height + 2*border, width + 2*border}
}

// TiledHalo returns [Halo] of an image that zeros fill up to whole tiles: with a border of 1, what
// Winograd's transform of inputs reads.
func TiledHalo(height, width, channels, border int) Layout {
	l := Tiled(height, width, channels)
	return Layout{height, width, channels, border, l.Rows + 2*border, l.Cols + 2*border}
}

// Tiled returns the layout of what Winograd's transform of outputs writes: an image in whole tiles.
// What lies outside the image has no meaning.
func Tiled(height, width, channels int) Layout {
	return Layout{height, width, channels, 0, 4 * abi.WinogradTiles(height), 4 * abi.WinogradTiles(width)}
}

// Len returns the elements of an image with what is around it.
func (l *Layout) Len() int { return l.Rows * l.Cols * l.Channels }

// Pitch returns the elements from one row to the next.
func (l *Layout) Pitch() int { return l.Cols * l.Channels }

// Index returns the first element of the pixel in row h and column w of the image, which may be one
// of those around it.
func (l *Layout) Index(h, w int) int { return ((h+l.Border)*l.Cols + w + l.Border) * l.Channels }

// Put copies image, [height][width][channels], into dst. It leaves what is around the image as it
// is.
func (l *Layout) Put(dst, image []float32) {
	row := l.Width * l.Channels
	for h := range l.Height {
		copy(dst[l.Index(h, 0):][:row], image[h*row:][:row])
	}
}
