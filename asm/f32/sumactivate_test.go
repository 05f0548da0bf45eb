package f32

import (
	"math"
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var sumActivateTest = familyTest{
	family: sumActivateFamily,
	bits: map[string]property{
		"SumActivate": sumActivateBits,
		"AddBias":     addBiasBits,
	},
	calls: []call{
		{ // rows, columns, step, pitches of act and src
			"SumActivate",
			[]int{5, 3, 32, 3*32 + 9, 3*16 + 5},
			nil,
			[]int{4*3*32 + 2*32 + 16, 4*(3*32+9) + 2*32 + 16, 4*(3*16+5) + 3*16, 4*3*32 + 2*32 + 16, 16, 16},
			func(n []int, s [][]float32) {
				(&SumActivation{n[0], n[1], n[2], n[4], n[3], s[4], s[5], 0.1}).SumActivate(s[0], s[1], s[2], s[3])
			},
		},
		{"AddBias", nil, nil, []int{7 * 16, 16}, func(_ []int, s [][]float32) { AddBias(s[0], s[1]) }},
	},
}

// sumActivateBits compares every level with the definition: with and without a sum kept and a value
// added, in place, in rows with gaps, of some or all channels, and of values whose sum or
// activation is −0.
func sumActivateBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, cols := drawPixels(t)
	rows, step := rapid.IntRange(1, 4).Draw(t, "rows"), channels+rapid.SampledFrom([]int{0, 0, 1, 16, 32}).Draw(t, "other channels")
	srcPitch, actPitch := cols*channels+rapid.IntRange(0, 20).Draw(t, "source's gap"), cols*step+rapid.IntRange(0, 20).Draw(t, "gap")
	whole := (rows*cols-1)*step + channels
	src := normal(r, (rows-1)*srcPitch+cols*channels)
	for i := 0; i < len(src); i += 5 {
		src[i] = float32(math.Copysign(0, -1))
	}
	scale, shift := normal(r, channels), normal(r, channels)
	shift[0] = 0
	var add, sum, wantSum []float32
	if rapid.Bool().Draw(t, "add") {
		add = g.Copy(t, normal(r, whole))
	}
	switch rapid.IntRange(0, 2).Draw(t, "sum") {
	case 1:
		sum = asmtest.NaNs(g.Floats(t, whole))
	case 2:
		sum = add
	}
	if sum != nil {
		wantSum = append(wantSum, sum...)
	}
	want := asmtest.NaNs(make([]float32, (rows-1)*actPitch+(cols-1)*step+channels))
	shape := SumActivation{rows, cols, step, srcPitch, actPitch, scale, shift, 0.1}
	shape.sumActivateGeneric(wantSum, want, src, add)
	got := asmtest.NaNs(g.Floats(t, len(want)))
	shape.Scale, shape.Shift = g.Copy(t, scale), g.Copy(t, shift)
	shape.SumActivate(sum, got, g.Copy(t, src), add)
	asmtest.SameBits(t, "act", got, want)
	asmtest.SameBits(t, "sum", sum, wantSum)
}

// addBiasBits compares every level with the sums of each pixel, zeros of both signs among them.
func addBiasBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	channels, pixels := drawPixels(t)
	y, bias := normal(r, channels*pixels), normal(r, channels)
	for i := 0; i < len(y); i += 5 {
		y[i] = float32(math.Copysign(0, -1))
	}
	bias[0] = float32(math.Copysign(0, float64(1-2*r.IntN(2))))
	want := make([]float32, len(y))
	for i := range want {
		want[i] = y[i] + bias[i%channels]
	}
	got := g.Copy(t, y)
	AddBias(got, g.Copy(t, bias))
	asmtest.SameBits(t, "y", got, want)
}
