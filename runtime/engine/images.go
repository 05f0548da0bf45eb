package engine

import (
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/mem"
)

// Layout says how an image lies in memory.
type Layout = conv.Layout

// Plain returns the layout of an image without anything around it.
func Plain(height, width, channels int) Layout { return conv.Plain(height, width, channels) }

// Halo returns the layout of what a convolution reads: so many pixels of zeros on each side, one for a 3×3 kernel.
func Halo(height, width, channels, border int) Layout {
	return conv.Halo(height, width, channels, border)
}

// TiledHalo returns the layout of what [Winograd] reads.
func TiledHalo(height, width, channels int) Layout { return conv.TiledHalo(height, width, channels) }

// Tiled returns the layout of what [Winograd] writes.
func Tiled(height, width, channels int) Layout { return conv.Tiled(height, width, channels) }

// Images is a tensor of a chunk of images.
type Images struct {
	Layout
	data []float32
}

// NewImages takes memory for n images at an offset of an arena, in bytes.
func NewImages(a *mem.Arena, offset int64, n int, l Layout) Images {
	return Images{l, mem.Slice[float32](a, offset, n*l.Len())}
}

// At returns image i, all of its layout.
func (m *Images) At(i int) []float32 { return m.data[i*m.Len():][:m.Len()] }

// Put copies an image, [height][width][channels], into place i.
func (m *Images) Put(i int, image []float32) { m.Layout.Put(m.At(i), image) }
