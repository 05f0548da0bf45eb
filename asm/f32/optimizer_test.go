package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var optimizerTest = familyTest{
	family: optimizerFamily,
	bits: map[string]property{
		"Nesterov": optimizerBits,
	},
	calls: []call{
		{"Momentum", nil, nil, []int{24, 24, 24}, func(_ []int, s [][]float32) { Momentum(s[0], s[1], s[2], 1, 1) }},
		{"SGD", nil, nil, []int{24, 24}, func(_ []int, s [][]float32) { SGD(s[0], s[1], 1) }},
		{"Nesterov", nil, nil, []int{24, 24, 24}, func(_ []int, s [][]float32) { Nesterov(s[0], s[1], s[2], 1, 1) }},
		{"AdamW", nil, nil, []int{24, 24, 24, 24}, func(_ []int, s [][]float32) { AdamW(s[0], s[1], s[2], s[3], &AdamRates{}) }},
	},
}

// squares returns n random values that are not negative, some of them 0.
func squares(r *rand.Rand, n int) []float32 {
	s := normal(r, n)
	for i, x := range s {
		s[i] = x * x
		if i%5 == 0 {
			s[i] = 0
		}
	}
	return s
}

// rates returns coefficients of a step t as a network has them.
func rates(t float64) *AdamRates {
	return &AdamRates{
		Beta1: 0.9, OneMinusBeta1: 1 - 0.9, Beta2: 0.999, OneMinusBeta2: 1 - 0.999, InvSqrtBiasCorrection2: float32(1 / math.Sqrt(1-math.Pow(0.999, t))),
		Epsilon: 1e-8, Step: float32(0.01 / (1 - math.Pow(0.9, t))), OneMinusRateDecay: 1 - 0.01*0.05,
	}
}

// optimizerBits compares every level with the definition.
func optimizerBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	n := rapid.IntRange(1, 400).Draw(t, "n")
	v, a, s, grad := normal(r, n), normal(r, n), squares(r, n), g.Copy(t, normal(r, n))

	gotV, gotA := g.Copy(t, v), g.Copy(t, a)
	wantV, wantA := append([]float32(nil), v...), append([]float32(nil), a...)
	Nesterov(gotV, gotA, grad, 0.1, 0.9)
	nesterovGeneric(wantV, wantA, grad, 0.1, 0.9)
	asmtest.SameBits(t, "Nesterov's v", gotV, wantV)
	asmtest.SameBits(t, "Nesterov's a", gotA, wantA)

	gotS, wantS := g.Copy(t, s), append([]float32(nil), s...)
	step := rates(float64(rapid.IntRange(1, 2000).Draw(t, "t")))
	AdamW(gotV, gotA, gotS, grad, step)
	adamWGeneric(wantV, wantA, wantS, grad, step)
	asmtest.SameBits(t, "AdamW's v", gotV, wantV)
	asmtest.SameBits(t, "AdamW's m", gotA, wantA)
	asmtest.SameBits(t, "AdamW's s", gotS, wantS)
}

// TestOptimizerNear compares the definitions with float64.
func TestOptimizerNear(t *testing.T) {
	const n, rate, momentum = 200, 0.1, 0.9
	r := rand.New(rand.NewPCG(1, 2))
	near := func(what string, got float32, want float64) {
		t.Helper()
		if !(math.Abs(float64(got)-want) <= 1e-6*(1+math.Abs(want))) {
			t.Errorf("%s: got %g, want %g", what, got, want)
		}
	}
	v, a, s, g := normal(r, n), normal(r, n), squares(r, n), normal(r, n)
	v1, a1 := append([]float32(nil), v...), append([]float32(nil), a...)
	Nesterov(v1, a1, g, rate, momentum)
	v2, m2, s2 := append([]float32(nil), v...), append([]float32(nil), a...), append([]float32(nil), s...)
	step := rates(3)
	AdamW(v2, m2, s2, g, step)
	for i := range v {
		x, grad := float64(v[i]), float64(g[i])
		accumulated := momentum*float64(a[i]) + grad
		near("Nesterov's a", a1[i], accumulated)
		near("Nesterov's v", v1[i], x-rate*(grad+momentum*accumulated))

		mean, square := 0.9*float64(a[i])+0.1*grad, 0.999*float64(s[i])+0.001*grad*grad
		near("AdamW's m", m2[i], mean)
		near("AdamW's s", s2[i], square)
		near("AdamW's v", v2[i], (1-0.01*0.05)*x-float64(step.Step)*mean/(math.Sqrt(square)*float64(step.InvSqrtBiasCorrection2)+1e-8))
	}
}

// TestOptimizerLengths refuses slices that differ in length.
func TestOptimizerLengths(t *testing.T) {
	three, two := make([]float32, 3), make([]float32, 2)
	for name, call := range map[string]func(){
		"Nesterov": func() { Nesterov(three, two, three, 1, 1) },
		"AdamW":    func() { AdamW(three, three, two, three, &AdamRates{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: got no panic, want one", name)
				}
			}()
			call()
		}()
	}
}

// TestAdamWRates holds that no rates are refused, before anything is read.
func TestAdamWRates(t *testing.T) {
	s := make([]float32, 24)
	c := call{name: "AdamW", run: func([]int, [][]float32) { AdamW(s, s, s, s, nil) }}
	asmtest.EachLevel(t, func(t *testing.T) { c.refuses(t, "nil", nil, nil) })
}
