package f32

import (
	"math"
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var normTest = familyTest{
	family: normFamily,
	bits: map[string]property{
		"Activate":         activateBits,
		"ActivateGradient": activateGradientBits,
		"NormGradient":     normGradientBits,
	},
	calls: []call{
		{
			"Activate",
			[]int{5*16 + 7, 3},
			nil,
			[]int{2*(5*16+7) + 5*16, 3 * 5 * 16, 16, 16, 16},
			func(n []int, s [][]float32) { (&Norm{s[2], s[3], s[4], 0.1, 0}).Activate(s[0], n[0], s[1], n[1]) },
		},
		{
			"ActivateGradient", nil, nil,
			[]int{7 * 16, 7 * 16, 7 * 16, 16, 16, 16, PixelSumsLen * 16},
			func(_ []int, s [][]float32) {
				(&Norm{s[3], s[4], s[5], 0.1, 0}).ActivateGradient(s[0], s[1], s[2], sumsIn(s[6]), false)
			},
		},
		{
			"NormGradient",
			[]int{5*16 + 7, 3},
			nil,
			[]int{2*(5*16+7) + 5*16, 3 * 5 * 16, 3 * 5 * 16, 16, 16, 16, 16},
			func(n []int, s [][]float32) {
				(&NormBackward{s[3], s[4], s[5], s[6]}).NormGradient(s[0], n[0], s[1], s[2], n[1])
			},
		},
	},
}

// activateBits compares every level with the definition, into rows with gaps and without.
func activateBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, cols := drawPixels(t)
	rows, gap := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(0, 40).Draw(t, "gap")
	row := cols * channels
	src := g.Copy(t, normal(r, rows*row))
	n := &Norm{g.Copy(t, normal(r, channels)), g.Copy(t, normal(r, channels)), g.Copy(t, normal(r, channels)), 0.1, 0}
	length := (rows-1)*(row+gap) + row
	got, want := asmtest.NaNs(g.Floats(t, length)), asmtest.NaNs(make([]float32, length))
	n.Activate(got, row+gap, src, rows)
	n.activateGeneric(want, row+gap, src, rows)
	asmtest.SameBits(t, "dst", got, want)
}

// activateGradientBits compares every level with the definition, in place and not, with some z of
// exactly 0, with either derivative there.
func activateGradientBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	n := channels * pixels
	mean, scale, beta := normal(r, channels), normal(r, channels), normal(r, channels)
	x := normal(r, n)
	for i := 0; i < n; i += 3 {
		x[i] = mean[i%channels]
	}
	for c := 0; c < channels; c += 2 {
		beta[c] = float32(math.Copysign(0, float64(r.IntN(2)-1)))
	}
	da := normal(r, n)
	edge := rapid.SampledFrom([]float32{0, LeakAtZero}).Draw(t, "edge")
	want, wantSums := make([]float32, n), sumsOf(channels)
	(&Norm{mean, scale, beta, 0.1, edge}).activateGradientGeneric(want, da, x, wantSums)

	in := g.Copy(t, da)
	got := in
	if rapid.Bool().Draw(t, "apart") {
		got = asmtest.NaNs(g.Floats(t, n))
	}
	sums := NewPixelSums(asmtest.NaNs(g.Floats(t, PixelSumsLen*channels)), channels)
	copied := &Norm{g.Copy(t, mean), g.Copy(t, scale), g.Copy(t, beta), 0.1, edge}
	inX, stream := g.Copy(t, x), rapid.Bool().Draw(t, "stream")
	inParts(t, channels, pixels, func(first, end int) {
		copied.ActivateGradient(got[first:end], in[first:end], inX[first:end], &sums, stream)
	})
	asmtest.SameBits(t, "dz", got, want)
	sameSums(t, &sums, wantSums)
}

// normGradientBits compares every level with the definition: in place, apart, and with gaps between
// rows.
func normGradientBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	rows, gap := 1, 0
	n := channels * pixels
	dz, x := normal(r, n), normal(r, n)
	mean, a, b, d := normal(r, channels), normal(r, channels), normal(r, channels), normal(r, channels)
	in := g.Copy(t, dz)
	got := in
	if rapid.Bool().Draw(t, "apart") {
		for rows = 5; pixels%rows != 0; rows-- {
		}
		gap = rapid.IntRange(0, 9).Draw(t, "gap")
		got = asmtest.NaNs(g.Floats(t, n+(rows-1)*gap))
	}
	want := append([]float32(nil), got...)
	(&NormBackward{mean, a, b, d}).normGradientGeneric(want, n/rows+gap, dz, x, rows)
	copied := &NormBackward{g.Copy(t, mean), g.Copy(t, a), g.Copy(t, b), g.Copy(t, d)}
	copied.NormGradient(got, n/rows+gap, in, g.Copy(t, x), rows)
	asmtest.SameBits(t, "dx", got, want)
}
