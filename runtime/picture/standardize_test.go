package picture

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStandardize compares with float64, and holds the images whose deviation is bounded from below.
func TestStandardize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 4000; n += 37 {
		image, dst := make([]byte, n), make([]float32, n)
		for i := range image {
			image[i] = byte(r.IntN(1 + n%256))
		}
		Standardize(dst, image)
		mean, variance := 0.0, 0.0
		for _, v := range image {
			mean += float64(v) / float64(n)
		}
		for _, v := range image {
			variance += (float64(v) - mean) * (float64(v) - mean) / float64(n)
		}
		deviation := max(math.Sqrt(variance), 1/math.Sqrt(float64(n)))
		for i, v := range image {
			want := (float64(v) - mean) / deviation
			if d := math.Abs(float64(dst[i]) - want); d > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("%d values: got %g, want %g", n, dst[i], want)
			}
		}
	}
	constant := []float32{1, 1}
	Standardize(constant, []byte{7, 7})
	if constant[0] != 0 || constant[1] != 0 {
		t.Errorf("a constant image: got %v, want zeros", constant)
	}
}
