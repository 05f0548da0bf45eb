package f32

import (
	"math"
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var unitEndTest = familyTest{
	family: unitEndFamily,
	bits: map[string]property{
		"ActivateSum":              activateSumBits,
		"ActivateSumGradient":      activateSumGradientBits,
		"ActivateSumParts":         activateSumParts,
		"ActivateSumGradientParts": activateSumGradientParts,
	},
	calls: []call{
		{
			"ActivateSum",
			[]int{5*16 + 7, 3},
			nil,
			[]int{3 * 5 * 16, 2*(5*16+7) + 5*16, 3 * 5 * 16, 3 * 5 * 16, 16, 16, 16, 16, 16, 16},
			func(n []int, s [][]float32) {
				(&Norm{s[4], s[5], s[6], 0.1, 0}).ActivateSum(s[0], s[1], n[0], s[2], s[3], &Norm{s[7], s[8], s[9], 1, 0}, n[1], true)
			},
		},
		{
			"ActivateSumGradient", nil, nil,
			[]int{7 * 16, 7 * 16, 7 * 16, 7 * 16, 7 * 16, 16, PixelSumsLen * 16},
			func(_ []int, s [][]float32) {
				(&Norm{s[5], nil, nil, 0.1, 0}).ActivateSumGradient(s[0], s[1], s[2], s[3], s[4], sumsIn(s[6]), true)
			},
		},
	},
}

// sumCase is the end of a unit, drawn: with a norm on the shortcut and without, with some sums of
// exactly 0 or −0.
type sumCase struct {
	rows, pitch int
	x, e        []float32
	norm, of    *Norm
}

func drawSum(t *rapid.T, r *rand.Rand, g *asmtest.Guards) (c sumCase) {
	channels, pixels := drawPixels(t)
	for c.rows = 5; pixels%c.rows != 0; c.rows-- {
	}
	n := channels * pixels
	c.pitch = n/c.rows + rapid.IntRange(0, 9).Draw(t, "gap")
	x, e, mean, shift := normal(r, n), normal(r, n), normal(r, channels), normal(r, channels)
	for i := 0; i < n; i += 3 {
		x[i] = mean[i%channels] // its z is the shift
		e[i] = []float32{-shift[i%channels], 0, float32(math.Copysign(0, -1))}[r.IntN(3)]
	}
	for c := 0; c < channels; c += 2 {
		shift[c] = float32(math.Copysign(0, float64(r.IntN(2)-1)))
	}
	c.x, c.e = g.Copy(t, x), g.Copy(t, e)
	leak := rapid.SampledFrom([]float32{0, 0.1}).Draw(t, "leak")
	c.norm = &Norm{g.Copy(t, mean), g.Copy(t, normal(r, channels)), g.Copy(t, shift), leak, LeakAtZero}
	if rapid.Bool().Draw(t, "norm of e") {
		c.of = &Norm{g.Copy(t, normal(r, channels)), g.Copy(t, normal(r, channels)), g.Copy(t, normal(r, channels)), 1, 0}
	}
	return c
}

// activateSumBits compares every level with the definition: with a halo and without.
func activateSumBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	c := drawSum(t, r, g)
	got, halo := asmtest.NaNs(g.Floats(t, len(c.x))), asmtest.NaNs(g.Floats(t, (c.rows-1)*c.pitch+len(c.x)/c.rows))
	want, wantHalo := make([]float32, len(c.x)), append([]float32(nil), halo...)
	if rapid.Bool().Draw(t, "no halo") {
		halo, wantHalo = nil, nil
	}
	c.norm.activateSumGeneric(want, wantHalo, c.pitch, c.x, c.e, c.of, c.rows)
	c.norm.ActivateSum(got, halo, c.pitch, c.x, c.e, c.of, c.rows, rapid.Bool().Draw(t, "stream"))
	asmtest.SameBits(t, "dst", got, want)
	asmtest.SameBits(t, "halo", halo, wantHalo)
}

// activateSumParts holds that the definition is that of the operations that it does the work of: of
// norms, a sum and an activation.
func activateSumParts(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	c := drawSum(t, r, g)
	want, other := make([]float32, len(c.x)), c.e
	normalize := func(n Norm, dst, src []float32) {
		n.Leak = 1
		n.activateGeneric(dst, len(dst), src, 1)
	}
	normalize(*c.norm, want, c.x)
	if c.of != nil {
		other = make([]float32, len(c.x))
		normalize(*c.of, other, c.e)
	}
	addGeneric(want, want, other)
	for i, s := range want {
		if want[i] = leaky(s, c.norm.Leak); s == 0 {
			want[i] = 0 // s of −0 has no sign
		}
	}
	got := make([]float32, len(c.x))
	c.norm.activateSumGeneric(got, nil, 0, c.x, c.e, c.of, c.rows)
	asmtest.SameBits(t, "dst", got, want)
}

// activateSumGradientBits compares every level with the definition: in place and not, with e and
// without, with either derivative at 0.
func activateSumGradientBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	n := channels * pixels
	da, a, x := normal(r, n), normal(r, n), g.Copy(t, normal(r, n))
	for i := 0; i < n; i += 3 {
		a[i] = float32(math.Copysign(0, float64(r.IntN(2)-1)))
	}
	var e []float32
	if rapid.Bool().Draw(t, "e") {
		e = g.Copy(t, normal(r, n))
	}
	norm := &Norm{Mean: g.Copy(t, normal(r, channels)), Leak: 0.1, Edge: rapid.SampledFrom([]float32{0, LeakAtZero}).Draw(t, "edge")}
	want, wantSums := make([]float32, n), sumsOf(channels)
	norm.activateSumGradientGeneric(want, da, e, a, x, wantSums)

	in := g.Copy(t, da)
	got := in
	if rapid.Bool().Draw(t, "apart") {
		got = asmtest.NaNs(g.Floats(t, n))
	}
	sums := NewPixelSums(asmtest.NaNs(g.Floats(t, PixelSumsLen*channels)), channels)
	signs, stream := g.Copy(t, a), rapid.Bool().Draw(t, "stream")
	inParts(t, channels, pixels, func(first, end int) {
		part := e
		if e != nil {
			part = e[first:end]
		}
		norm.ActivateSumGradient(got[first:end], in[first:end], part, signs[first:end], x[first:end], &sums, stream)
	})
	asmtest.SameBits(t, "dz", got, want)
	sameSums(t, &sums, wantSums)
}

// activateSumGradientParts is as activateSumParts: of a sum, the derivative of an activation, and a
// norm's sums.
func activateSumGradientParts(t *rapid.T, r *rand.Rand, _ *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	n := channels * pixels
	da, e, s, x := normal(r, n), normal(r, n), normal(r, n), normal(r, n)
	norm := &Norm{normal(r, channels), normal(r, channels), normal(r, channels), 0.1, rapid.SampledFrom([]float32{0, LeakAtZero}).Draw(t, "edge")}
	want, wantSums := make([]float32, n), sumsOf(channels)
	addGeneric(want, da, e)
	a := make([]float32, n)
	for i := range s {
		if i%3 == 0 {
			s[i] = 0
		}
		a[i] = leaky(s[i], 0) // −0 where s is below 0
		if s[i] < norm.Edge {
			want[i] *= norm.Leak
		}
	}
	linear := *norm
	linear.Leak = 1
	linear.activateGradientGeneric(want, want, x, wantSums)
	got, sums := make([]float32, n), sumsOf(channels)
	norm.activateSumGradientGeneric(got, da, e, a, x, sums)
	asmtest.SameBits(t, "dz", got, want)
	sameSums(t, sums, wantSums)
}
