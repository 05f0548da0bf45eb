package f32

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// hard returns a float32 whose sums and products come close to the middle between two others: few random bits
// and an exponent near those of its peers, or any bits at all.
func hard(r *rand.Rand) float32 {
	switch r.IntN(4) {
	case 0:
		return math.Float32frombits(r.Uint32())
	case 1:
		return float32(math.Ldexp(float64(r.IntN(64)-32), r.IntN(60)-30))
	case 2:
		return math.Float32frombits(r.Uint32() & 0x807fffff) // subnormal
	default:
		return float32(math.Ldexp(float64(r.IntN(1<<24)), r.IntN(8)-28))
	}
}

// TestFMA compares with exact arithmetic, rounded once.
func TestFMA(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	finite := func(x float32) bool { return !math.IsInf(float64(x), 0) && !math.IsNaN(float64(x)) }
	for range 2_000_000 {
		a, b, c := hard(r), hard(r), hard(r)
		if !finite(a) || !finite(b) || !finite(c) {
			continue
		}
		exact := new(big.Float).SetPrec(600).Mul(big.NewFloat(float64(a)), big.NewFloat(float64(b)))
		exact.Add(exact, big.NewFloat(float64(c)))
		want, _ := exact.Float32()
		if got := FMA(a, b, c); got != want {
			t.Fatalf("FMA(%g, %g, %g): got %g, want %g", a, b, c, got, want)
		}
	}
}

// TestFMASpecial holds the values that are not finite, and the signs of zeros.
func TestFMASpecial(t *testing.T) {
	inf, nan, minus := float32(math.Inf(1)), float32(math.NaN()), float32(math.Copysign(0, -1))
	for _, test := range []struct{ a, b, c, want float32 }{
		{inf, 1, 1, inf},
		{inf, -1, 1, -inf},
		{inf, 0, 1, nan},
		{inf, 1, -inf, nan},
		{1, 1, inf, inf},
		{nan, 1, 1, nan},
		{1, 1, nan, nan},
		{math.MaxFloat32, math.MaxFloat32, 1, inf},
		{math.MaxFloat32, math.MaxFloat32, -inf, -inf},
		{0, 0, minus, 0},
		{minus, 0, minus, minus},
		{1, 1, -1, 0},
	} {
		got := FMA(test.a, test.b, test.c)
		if math.IsNaN(float64(test.want)) {
			if !math.IsNaN(float64(got)) {
				t.Errorf("FMA(%g, %g, %g): got %g, want NaN", test.a, test.b, test.c, got)
			}
		} else if math.Float32bits(got) != math.Float32bits(test.want) {
			t.Errorf("FMA(%g, %g, %g): got %g, want %g", test.a, test.b, test.c, got, test.want)
		}
	}
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
