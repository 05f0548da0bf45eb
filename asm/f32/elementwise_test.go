package f32

import (
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var elementwiseTest = familyTest{
	family: elementwiseFamily,
	bits: map[string]property{
		"Add": elementwiseBits,
	},
	calls: []call{
		{"Add", nil, nil, []int{24, 24, 24}, func(_ []int, s [][]float32) { Add(s[0], s[1], s[2]) }},
		{"AddScaled", nil, nil, []int{24, 24}, func(_ []int, s [][]float32) { AddScaled(s[0], s[1], 2) }},
	},
}

// elementwiseBits compares every level with the definition, for any length.
func elementwiseBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	n := rapid.OneOf(rapid.IntRange(0, 40), rapid.Just(2*chunk+13)).Draw(t, "n")
	a, b, c := normal(r, n), normal(r, n), normal(r, n)
	clone := func(s []float32) []float32 { return append([]float32(nil), s...) }
	ga, gb, gc := g.Copy(t, a), g.Copy(t, b), g.Copy(t, c)

	want, got := make([]float32, n), asmtest.NaNs(g.Floats(t, n))
	addGeneric(want, a, b)
	Add(got, ga, gb)
	asmtest.SameBits(t, "a + b", got, want)

	wantA := clone(a)
	addScaledGeneric(wantA, b, 0.3)
	AddScaled(ga, gb, 0.3)
	asmtest.SameBits(t, "a + 0.3 b", ga, wantA)

	wantA, wantB := clone(a), clone(b)
	copy(ga, a)
	momentumGeneric(wantA, wantB, c, 0.1, 0.9)
	Momentum(ga, gb, gc, 0.1, 0.9)
	asmtest.SameBits(t, "variables", ga, wantA)
	asmtest.SameBits(t, "momentum", gb, wantB)

	copy(ga, a)
	wantA = clone(a)
	addScaledGeneric(wantA, c, -0.1)
	SGD(ga, gc, 0.1)
	asmtest.SameBits(t, "gradient descent", ga, wantA)

	var chains [8]float64
	sumSquaresGeneric(&chains, c)
	wantSum := ((chains[0] + chains[4]) + (chains[2] + chains[6])) + ((chains[1] + chains[5]) + (chains[3] + chains[7]))
	if got := SumSquares(gc); got != wantSum {
		t.Fatalf("Σ x²: got %g, want %g", got, wantSum)
	}
}
