package picture

import (
	"math"
	"math/bits"
)

// Standardize writes (v − mean)/max(deviation, 1/√n) for each of the n values of an image, whose own mean and
// (biased) standard deviation these are, as TensorFlow's per_image_standardization.
func Standardize(dst []float32, image []byte) {
	m := NewSums(len(image))
	m.Add(image)
	table := m.Table()
	for i, v := range image {
		dst[i] = table[v]
	}
}

// Sums are those of an image's values and of their squares. They are exact: so is everything that follows from them, up to
// one rounding an operation.
type Sums struct{ n, first, second uint64 }

// NewSums returns the sums of n zeros: [Sums.Add] puts values in their place.
func NewSums(n int) Sums { return Sums{n: uint64(n)} }

// Add counts values.
func (m *Sums) Add(values []byte) {
	first, second := m.first, m.second
	for _, v := range values {
		x := uint64(v)
		first += x
		second += x * x
	}
	m.first, m.second = first, second
}

// Table returns the standardized form of each value that a byte has.
func (m *Sums) Table() (t [256]float32) {
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
