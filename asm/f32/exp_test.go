package f32

import (
	"math"
	"math/rand/v2"
	"testing"
)

var softmaxTest = familyTest{
	family: softmaxFamily,
	calls: []call{
		{"ExpSub", nil, nil, []int{24, 24}, func(_ []int, s [][]float32) { ExpSub(s[0], s[1], 1) }},
	},
}

// TestExpSub holds the error, and what lies beyond float32's range.
func TestExpSub(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float32, 200_000)
	for i := range x {
		x[i] = float32(r.Float64()*-110 + 5)
	}
	got := make([]float32, len(x))
	ExpSub(got, x, 1.25)
	for i := range x {
		want := math.Exp(float64(x[i]) - 1.25)
		ulp := float64(math.Nextafter32(float32(want), math.MaxFloat32)) - float64(float32(want))
		if d := math.Abs(float64(got[i]) - want); d > 0.51*ulp {
			t.Fatalf("exp(%g − 1.25): got %g, want %g within 0.51 ulp", x[i], got[i], want)
		}
	}
	inf := float32(math.Inf(1))
	special := make([]float32, 4)
	ExpSub(special, []float32{-inf, 0, inf, -200}, 0)
	asserted := []float32{0, 1, inf, 0}
	for i := range special {
		if special[i] != asserted[i] {
			t.Errorf("special value %d: got %g, want %g", i, special[i], asserted[i])
		}
	}
}

// TestLog holds the error over all magnitudes, and near 1, where the result is small.
func TestLog(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 200_000 {
		x := math.Ldexp(1+r.Float64(), r.IntN(200)-100)
		if i%2 == 0 {
			x = 1 + math.Ldexp(r.Float64()-0.5, -r.IntN(40))
		}
		got, want := Log(x), math.Log(x)
		ulp := math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want)
		if d := math.Abs(got - want); d > 4*ulp {
			t.Fatalf("log(%g): got %g, want %g within 4 ulp", x, got, want)
		}
	}
	if Log(1) != 0 {
		t.Errorf("log(1): got %g, want 0", Log(1))
	}
}
