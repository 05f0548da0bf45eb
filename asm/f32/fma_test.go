package f32

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// hard returns a float32 whose sums and products come close to the middle between two others: few
// random bits and an exponent near those of its peers, or any bits at all.
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
