package engine

import (
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/mem"
)

// Images is a tensor of a chunk of images, or of one of them at a time.
type Images struct {
	conv.Layout
	data  []float32
	pitch int // elements from an image to the next; 0: all have the same memory, one after the other
}

// NewImages takes memory for n images at an offset of an arena, in bytes. If that is one, each
// image of a chunk takes the place of the one before.
func NewImages(a *mem.Arena, offset int64, n int, l conv.Layout) Images {
	m := Images{Layout: l, data: mem.Slice[float32](a, offset, n*l.Len())}
	if n > 1 {
		m.pitch = l.Len()
	}
	return m
}

// At returns image i, all of its layout.
func (m *Images) At(i int) []float32 { return m.data[i*m.pitch:][:m.Len()] }

// Put copies an image, [height][width][channels], into place i.
func (m *Images) Put(i int, image []float32) { m.Layout.Put(m.At(i), image) }
