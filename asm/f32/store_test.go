package f32

import (
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var storeTest = familyTest{
	family: storeFamily,
	bits: map[string]property{
		"StoreMoments":    storeMomentsBits,
		"NormGradientSum": normGradientSumBits,
	},
	calls: []call{
		{
			"StoreMoments", nil, nil,
			[]int{7 * 16, 7 * 16, 7 * 16, PixelSumsLen * 16},
			func(_ []int, s [][]float32) { StoreMoments(s[0], s[1], s[2], sumsIn(s[3]), true) },
		},
		{
			"NormGradientSum",
			[]int{5*16 + 7, 3},
			nil,
			[]int{3 * 5 * 16, 2*(5*16+7) + 5*16, 3 * 5 * 16, 3 * 5 * 16, 3 * 5 * 16, 16, 16, 16, 16},
			func(n []int, s [][]float32) {
				(&NormBackward{s[5], s[6], s[7], s[8]}).NormGradientSum(s[0], s[1], n[0], s[2], s[3], s[4], n[1], true)
			},
		},
	},
}

// storeMomentsBits compares with the kernels that it does the work of.
func storeMomentsBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	n := channels * pixels
	src := normal(r, n)
	want := append([]float32(nil), src...)
	var add []float32
	if rapid.Bool().Draw(t, "add") {
		add = g.Copy(t, normal(r, n))
		addGeneric(want, src, add)
	}
	wantSums := sumsOf(channels)
	copy(wantSums.row(4), want)
	momentsGeneric(want, wantSums)
	got, sums := asmtest.NaNs(g.Floats(t, n)), NewPixelSums(asmtest.NaNs(g.Floats(t, PixelSumsLen*channels)), channels)
	copied, stream := g.Copy(t, src), rapid.Bool().Draw(t, "stream")
	inParts(t, channels, pixels, func(first, end int) {
		part := add
		if add != nil {
			part = add[first:end]
		}
		StoreMoments(got[first:end], copied[first:end], part, &sums, stream)
	})
	asmtest.SameBits(t, "dst", got, want)
	sameSums(t, &sums, wantSums)
}

// normGradientSumBits compares with the kernels that it does the work of.
func normGradientSumBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	rows := 5
	for ; pixels%rows != 0; rows-- {
	}
	n := channels * pixels
	pitch := n/rows + rapid.IntRange(0, 9).Draw(t, "gap")
	dz, x, e := normal(r, n), normal(r, n), normal(r, n)
	mean, a, b, d := normal(r, channels), normal(r, channels), normal(r, channels), normal(r, channels)
	want := make([]float32, n)
	(&NormBackward{mean, a, b, d}).normGradientGeneric(want, n, dz, x, 1)
	addGeneric(want, want, e)
	got, halo := asmtest.NaNs(g.Floats(t, n)), asmtest.NaNs(g.Floats(t, (rows-1)*pitch+n/rows))
	wantHalo := append([]float32(nil), halo...)
	for row := range rows {
		copy(wantHalo[row*pitch:], want[row*n/rows:][:n/rows])
	}
	if rapid.Bool().Draw(t, "no halo") {
		halo, wantHalo = nil, nil
	}
	copied := &NormBackward{g.Copy(t, mean), g.Copy(t, a), g.Copy(t, b), g.Copy(t, d)}
	copied.NormGradientSum(got, halo, pitch, g.Copy(t, dz), g.Copy(t, x), g.Copy(t, e), rows, rapid.Bool().Draw(t, "stream"))
	asmtest.SameBits(t, "dx", got, want)
	asmtest.SameBits(t, "halo", halo, wantHalo)
}
