package f32

import "math"

var softmaxFamily = newFamily("softmax cross entropy", "a few values an image", struct{}{})

// ExpSub computes dst = exp(x − sub) in float32, within 0.51 units in the last place. The
// difference and the polynomial are computed in float64, with operations that round alike on every
// machine. The standard library does not promise this of math.Exp. Values below the smallest
// subnormal number give 0.
func ExpSub(dst, x []float32, sub float32) {
	if !(len(x) == len(dst)) {
		fail("ExpSub", "got x of %d elements, want %d", len(x), len(dst))
	}
	for i, v := range x {
		dst[i] = float32(exp(float64(v) - float64(sub)))
	}
}

// ln2 in two parts, the first with zeros at its end, so that a multiple by an exponent is exact.
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// exp returns e to the power of t to some 40 bits, and 0 or +Inf beyond float32's range.
//
// It reduces t to r = t − k·ln 2, |r| ≤ ln 2/2, and takes Taylor's polynomial of degree 10, whose
// remainder is below 2⁻⁴¹ there.
func exp(t float64) float64 {
	switch {
	case math.IsNaN(t):
		return t
	case t < -110:
		return 0
	case t > 90:
		return math.Inf(1)
	}
	k := math.Floor(math.FMA(t, 1/math.Ln2, 0.5))
	r := math.FMA(-k, ln2Low, math.FMA(-k, ln2High, t))
	p := 1.0
	for n := 10.0; n >= 1; n-- {
		p = math.FMA(p, float64(r/n), 1)
	}
	return math.Ldexp(p, int(k))
}

// Log returns the natural logarithm of x > 0, within 4 units in the last place. Its operations
// round alike on every machine. The standard library does not promise this of math.Log.
//
// With x = m·2ᵏ, m between √½ and √2, and s = (m−1)/(m+1), it is k·ln 2 + 2·(s + s³/3 + s⁵/5 + …),
// to s²³/23.
func Log(x float64) float64 {
	m, k := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		k--
	}
	s := (m - 1) / (m + 1)
	square := float64(s * s)
	p := 0.0
	for n := 23.0; n >= 3; n -= 2 {
		p = math.FMA(p, square, 1/n)
	}
	p = float64(p * square)
	series := math.FMA(2*s, p, 2*s)
	return math.FMA(float64(k), ln2High, math.FMA(float64(k), ln2Low, series))
}
