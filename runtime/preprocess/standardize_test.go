package preprocess

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestStandardize compares with float64, and holds the images whose deviation is bounded from
// below.
func TestStandardize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 4000; n += 37 {
		image, dst := make([]byte, n), make([]float32, n)
		for i := range image {
			image[i] = byte(r.IntN(1 + n%256))
		}
		Standardizer{}.Standardize(dst, image)
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
	Standardizer{}.Standardize(constant, []byte{7, 7})
	if constant[0] != 0 || constant[1] != 0 {
		t.Errorf("a constant image: got %v, want zeros", constant)
	}
}

// TestStandardizeChannels compares with the definition in float64, for each value of each channel.
func TestStandardizeChannels(t *testing.T) {
	mean, std := []float64{0.4914, 0, 1}, []float64{0.247, 0.001, 1}
	s := NewStandardizer(mean, std)
	var image []byte
	for v := range 256 {
		image = append(image, byte(v), byte(255-v), byte(v/2))
	}
	dst := make([]float32, len(image))
	s.Standardize(dst, image)
	for i, v := range image {
		if want := float32((float64(v)/255 - mean[i%3]) / std[i%3]); dst[i] != want {
			t.Fatalf("value %d, %d: got %g, want %g", i, v, dst[i], want)
		}
	}
}
