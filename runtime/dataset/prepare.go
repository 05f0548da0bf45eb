package dataset

import (
	"github.com/resnetgen/resnetgen/runtime/preprocess"
	"github.com/resnetgen/resnetgen/runtime/rng"
)

// Order returns the indices of n images in an epoch's order.
func Order(n int, seed uint64, epoch int) []int32 {
	order := make([]int32, n)
	stream := rng.New(seed, "order", uint64(epoch))
	stream.Perm(order)
	return order
}

// crop writes the part of an image that begins top rows below and left columns beside its first
// pixel, with zeros where that is outside, mirrored or not, standardized with these zeros.
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
	var own [1]preprocess.Table
	tables := s.Standardizer.ChannelTables()
	if tables == nil {
		m := preprocess.NewPixelSums(s.Size())
		for h := range s.Height {
			m.Add(inside(h))
		}
		own[0] = m.Table()
		tables = own[:]
	}
	for h := range s.Height {
		row, from := dst[h*width:][:width], inside(h)
		if from == nil {
			fill(row, tables)
			continue
		}
		at := before * s.Channels
		fill(row[:at], tables)
		fill(row[at+len(from):], tables)
		if mirrored {
			lookUpMirrored(row[at:], from, tables, s.Channels)
		} else {
			preprocess.LookUp(row[at:], from, tables)
		}
	}
}

// fill writes pixels of zeros.
func fill(pixels []float32, tables []preprocess.Table) {
	for c := range tables {
		zero := tables[c][0]
		for i := c; i < len(pixels); i += len(tables) {
			pixels[i] = zero
		}
	}
}

// lookUpMirrored is [preprocess.LookUp] of pixels of so many channels, the last first.
func lookUpMirrored(dst []float32, from []byte, tables []preprocess.Table, channels int) {
	dst = dst[:len(from)]
	for c := range channels {
		table := &tables[c%len(tables)]
		at := c
		for pixel := len(from) - channels; pixel >= 0; pixel -= channels {
			dst[at] = table[from[pixel+c]]
			at += channels
		}
	}
}

// View writes the part of the image of an index that begins top rows below and left columns beside
// its first pixel, mirrored or not, with zeros where that is outside, standardized with these
// zeros.
func (s *Set) View(dst []float32, index, top, left int, mirrored bool) {
	s.crop(dst, s.Image(index), top, left, mirrored)
}

// Eval writes the standardized image of an index to dst.
func (s *Set) Eval(dst []float32, index int) { s.Standardizer.Standardize(dst, s.Image(index)) }

// takesBGR reports whether the network's first of so many channels is blue.
func (o *Options) takesBGR(channels int) bool {
	return channels == 3 && o.Preprocess.Channels == preprocess.BGR
}

// reverseChannels makes red, green and blue of all images blue, green and red.
func (s *Set) reverseChannels() {
	for p := s.Images; len(p) > 0; p = p[3:] {
		p[0], p[2] = p[2], p[0]
	}
	s.BGR = true
}
