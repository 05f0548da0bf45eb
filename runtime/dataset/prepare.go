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

// Eval writes the standardized image of an index to dst.
func (s *Set) Eval(dst []float32, index int) { Standardize(dst, s.Image(index)) }

// Standardize writes (v − mean)/max(deviation, 1/√n) for each of the n values of an image, whose own mean and
// (biased) standard deviation these are, as TensorFlow's per_image_standardization.
func Standardize(dst []float32, image []byte) {
	var m sums
	for _, v := range image {
		m.add(v)
	}
	table := m.table()
	for i, v := range image {
		dst[i] = table[v]
	}
}

// sums are exact: so is everything that follows from them, up to one rounding an operation.
type sums struct{ n, first, second uint64 }

func (m *sums) add(v byte) {
	m.n++
	m.first += uint64(v)
	m.second += uint64(v) * uint64(v)
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
