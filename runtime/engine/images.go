package engine

import (
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/mem"
)

// Images is a tensor of a chunk of images.
type Images struct {
	conv.Layout
	data []float32
}

// NewImages takes memory for n images at an offset of an arena, in bytes.
func NewImages(a *mem.Arena, offset int64, n int, l conv.Layout) Images {
	return Images{l, mem.Slice[float32](a, offset, n*l.Len())}
}

// At returns image i, all of its layout.
func (m *Images) At(i int) []float32 { return m.data[i*m.Len():][:m.Len()] }

// Put copies an image, [height][width][channels], into place i.
func (m *Images) Put(i int, image []float32) { m.Layout.Put(m.At(i), image) }
