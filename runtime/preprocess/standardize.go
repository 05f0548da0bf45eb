package preprocess

import (
	"math"
	"math/bits"
)

// Standardizer makes of an image's bytes what a network takes. Its zero value writes (v −
// mean)/max(deviation, 1/√n) for each of the n values of an image, whose own mean and (biased)
// standard deviation these are, as TensorFlow's per_image_standardization.
type Standardizer struct {
	channels []Table // nil: each image has its own
}

// NewStandardizer returns what writes (v/255 − mean)/std for each value of a channel, which has
// these in every image. Without means it is the zero value.
func NewStandardizer(mean, std []float64) Standardizer {
	var s Standardizer
	for c := range mean {
		var t Table
		for v := range t {
			t[v] = float32((float64(v)/math.MaxUint8 - mean[c]) / std[c])
		}
		s.channels = append(s.channels, t)
	}
	return s
}

// ChannelTables returns a table for each channel, or nothing where each image has its own:
// [PixelSums.Table].
func (s Standardizer) ChannelTables() []Table { return s.channels }

// Standardize writes the standardized image, [height][width][channels], to dst.
func (s Standardizer) Standardize(dst []float32, image []byte) {
	if s.channels == nil {
		m := NewPixelSums(len(image))
		m.Add(image)
		own := [1]Table{m.Table()}
		LookUp(dst, image, own[:])
		return
	}
	LookUp(dst, image, s.channels)
}

// Table has the standardized form of each value that a byte has.
type Table [math.MaxUint8 + 1]float32

// LookUp writes the value of each byte in the table of its channel, or in the only table.
func LookUp(dst []float32, from []byte, tables []Table) {
	dst = dst[:len(from)]
	if len(tables) == 1 {
		table := &tables[0]
		for i, v := range from {
			dst[i] = table[v]
		}
		return
	}
	for c := range tables {
		table := &tables[c]
		for i := c; i < len(from); i += len(tables) {
			dst[i] = table[from[i]]
		}
	}
}

// PixelSums are the sums of an image's values and of their squares. They are exact.
type PixelSums struct{ n, first, second uint64 }

// NewPixelSums returns the sums of n zeros: [PixelSums.Add] puts values in their place.
func NewPixelSums(n int) PixelSums { return PixelSums{n: uint64(n)} }

// Add counts values.
func (m *PixelSums) Add(values []byte) {
	first, second := m.first, m.second
	for _, v := range values {
		x := uint64(v)
		first += x
		second += x * x
	}
	m.first, m.second = first, second
}

// Table returns the standardized form of the image's values.
func (m *PixelSums) Table() (t Table) {
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
