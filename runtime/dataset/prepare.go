package dataset

import (
	"math"
	"math/bits"

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
	m := sums{n: uint64(s.Size())}
	for h := range s.Height {
		m.add(inside(h))
	}
	table := m.table()
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

// Eval writes the standardized image of an index to dst.
func (s *Set) Eval(dst []float32, index int) { Standardize(dst, s.Image(index)) }

// Standardize writes (v − mean)/max(deviation, 1/√n) for each of the n values of an image, whose own mean and
// (biased) standard deviation these are, as TensorFlow's per_image_standardization.
func Standardize(dst []float32, image []byte) {
	m := sums{n: uint64(len(image))}
	m.add(image)
	table := m.table()
	lookUp(dst, image, &table)
}

// sums are exact: so is everything that follows from them, up to one rounding an operation. n counts zeros too.
type sums struct{ n, first, second uint64 }

func (m *sums) add(values []byte) {
	first, second := m.first, m.second
	for _, v := range values {
		x := uint64(v)
		first += x
		second += x * x
	}
	m.first, m.second = first, second
}

// table returns the standardized form of each value.
func (m *sums) table() (t [256]float32) {
	n := float64(m.n)
	mean := float64(m.first) / n
	// The variance is (n·Σv² − (Σv)²)/n²; the difference is exact in 128 bits.
	high, low := bits.Mul64(m.n, m.second)
	squareHigh, squareLow := bits.Mul64(m.first, m.first)
	low, borrow := bits.Sub64(low, squareLow, 0)
	high, _ = bits.Sub64(high, squareHigh, borrow)
	deviation := math.Sqrt(math.FMA(float64(high), 0x1p64, float64(low))) / n
	deviation = max(deviation, 1/math.Sqrt(n))
	for v := range t {
		t[v] = float32((float64(v) - mean) / deviation)
	}
	return t
}
