package f32

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var poolTest = familyTest{
	family: poolFamily,
	bits: map[string]property{
		"PoolAdd": poolBits,
	},
	calls: []call{
		{
			"PoolAdd",
			[]int{4, 6, 16, 32, 2},
			nil,
			[]int{2 * 3 * 32, 4 * 6 * 16},
			func(n []int, s [][]float32) { PoolAdd(s[0], s[1], n[0], n[1], n[2], n[3], n[4]) },
		},
		{
			"PoolGradientAdd",
			[]int{4, 6, 16, 32, 2},
			nil,
			[]int{4 * 6 * 16, 2 * 3 * 32},
			func(n []int, s [][]float32) { PoolGradientAdd(s[0], s[1], n[0], n[1], n[2], n[3], n[4]) },
		},
	},
}

// poolBits compares every level with the definition.
func poolBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	in, _ := drawPixels(t)
	out := in + 2*rapid.IntRange(0, 9).Draw(t, "padding")
	stride := rapid.IntRange(1, 3).Draw(t, "stride")
	height, width := rapid.IntRange(1, 7).Draw(t, "height"), rapid.IntRange(1, 7).Draw(t, "width")
	large, small := normal(r, height*width*in), normal(r, (height/stride)*(width/stride)*out)
	p := pool{height, width, in, out, stride}

	want := append([]float32(nil), small...)
	if height >= stride && width >= stride {
		p.addGeneric(want, large)
	}
	got := g.Copy(t, small)
	PoolAdd(got, g.Copy(t, large), height, width, in, out, stride)
	asmtest.SameBits(t, "y", got, want)

	want = append([]float32(nil), large...)
	if height >= stride && width >= stride {
		p.gradientAddGeneric(want, small)
	}
	got = g.Copy(t, large)
	PoolGradientAdd(got, g.Copy(t, small), height, width, in, out, stride)
	asmtest.SameBits(t, "dx", got, want)
}

// TestPoolLattice holds an average and its transpose on numbers that one can check by hand.
func TestPoolLattice(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9} // 3×3: the last row and column are outside the windows
	y := []float32{10, 20, 30}
	PoolAdd(y, x, 3, 3, 1, 3, 2)
	asmtest.SameBits(t, "y", y, []float32{10, 23, 30})
	PoolGradientAdd(x, []float32{100, 8, 100}, 3, 3, 1, 3, 2)
	asmtest.SameBits(t, "dx", x, []float32{3, 4, 3, 6, 7, 6, 7, 8, 9})
}
