package f32

import "math"

func momentumGeneric(v, a, g []float32, rate, momentum float32) {
	for i := range v {
		a[i] = FMA(momentum, a[i], g[i])
		v[i] = FMA(-rate, a[i], v[i])
	}
}

func nesterovGeneric(v, a, g []float32, rate, momentum float32) {
	for i := range v {
		a[i] = FMA(momentum, a[i], g[i])
		v[i] = FMA(-rate, FMA(momentum, a[i], g[i]), v[i])
	}
}

func adamWGeneric(v, m, s, g []float32, r *AdamRates) {
	for i := range v {
		m[i] = FMA(r.Beta1, m[i], float32(r.OneMinusBeta1*g[i]))
		s[i] = FMA(r.Beta2, s[i], float32(float32(r.OneMinusBeta2*g[i])*g[i]))
		root := float32(math.Sqrt(float64(s[i]))) // of a float32 the second rounding changes nothing
		quotient := m[i] / FMA(r.InvSqrtBiasCorrection2, root, r.Epsilon)
		v[i] = FMA(r.OneMinusRateDecay, v[i], -float32(r.Step*quotient))
	}
}
