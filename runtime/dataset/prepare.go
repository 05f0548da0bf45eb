package dataset

import (
	"github.com/resnetgen/resnetgen/runtime/picture"
	"github.com/resnetgen/resnetgen/runtime/rng"
)

// Order returns the indices of n images in an epoch's order.
func Order(n int, seed uint64, epoch int) []int32 {
	order := make([]int32, n)
	stream := rng.New(seed, "order", uint64(epoch))
	stream.Perm(order)
	return order
}

// crop writes the part of an image that begins top rows below and left columns beside its first pixel, with zeros where
// that is outside, mirrored or not, standardized with these zeros.
func (s *Set) crop(dst []float32, image []byte, top, left int, mirrored bool) {
	width := s.Width * s.Channels
	first, end := min(max(left, 0), s.Width), min(max(s.Width+left, 0), s.Width) // columns inside
	before := first - left
	if mirrored {
		before = s.Width - end + left
	}
	inside := func(h int) []byte {
		if y := h + top; y >= 0 && y < s.Height && first < end {
			return image[(y*s.Width+first)*s.Channels : (y*s.Width+end)*s.Channels]
		}
		return nil
	}
	m := picture.NewSums(s.Size())
	for h := range s.Height {
		m.Add(inside(h))
	}
	table := m.Table()
	for h := range s.Height {
		row, from := dst[h*width:][:width], inside(h)
		if from == nil {
			fill(row, table[0])
			continue
		}
		at := before * s.Channels
		fill(row[:at], table[0])
		fill(row[at+len(from):], table[0])
		if mirrored {
			lookUpMirrored(row[at:], from, &table, s.Channels)
		} else {
			lookUp(row[at:], from, &table)
		}
	}
}

func fill(row []float32, v float32) {
	for i := range row {
		row[i] = v
	}
}

// lookUp writes the table's value of each byte.
func lookUp(dst []float32, from []byte, table *[256]float32) {
	dst = dst[:len(from)]
	for i, v := range from {
		dst[i] = table[v]
	}
}

// lookUpMirrored is lookUp of pixels of so many channels, the last first.
func lookUpMirrored(dst []float32, from []byte, table *[256]float32, channels int) {
	dst = dst[:len(from)]
	at := 0
	for pixel := len(from) - channels; pixel >= 0; pixel -= channels {
		for _, v := range from[pixel : pixel+channels] {
			dst[at] = table[v]
			at++
		}
	}
}

// View writes the part of the image of an index that begins top rows below and left columns beside its first pixel, mirrored or not,
// with zeros where that is outside, standardized with these zeros.
func (s *Set) View(dst []float32, index, top, left int, mirrored bool) {
	s.crop(dst, s.Image(index), top, left, mirrored)
}

// Eval writes the standardized image of an index to dst.
func (s *Set) Eval(dst []float32, index int) { picture.Standardize(dst, s.Image(index)) }
