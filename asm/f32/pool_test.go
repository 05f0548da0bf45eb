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
		"Pool":    poolBits,
		"MaxPool": maxPoolBits,
	},
	calls: append(maxPoolCalls, []call{
		{
			"Pool.Add",
			[]int{4, 6, 16, 32, 2},
			nil,
			[]int{2 * 3 * 32, 4 * 6 * 16},
			func(n []int, s [][]float32) { (&Pool{n[4], n[4], n[0], n[1], n[2], n[3]}).Add(s[0], s[1]) },
		},
		{
			"Pool.AddGradient",
			[]int{4, 6, 16, 32, 2},
			nil,
			[]int{4 * 6 * 16, 2 * 3 * 32},
			func(n []int, s [][]float32) { (&Pool{n[4], n[4], n[0], n[1], n[2], n[3]}).AddGradient(s[0], s[1]) },
		},
	}...),
}

// poolBits compares every level with the definition.
func poolBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	in, _ := drawPixels(t)
	out := in + 2*rapid.IntRange(0, 9).Draw(t, "padding")
	stride := rapid.IntRange(1, 3).Draw(t, "stride")
	height, width := rapid.IntRange(1, 7).Draw(t, "height"), rapid.IntRange(1, 7).Draw(t, "width")
	p := Pool{rapid.IntRange(1, stride).Draw(t, "kernel"), stride, height, width, in, out}
	large, small := normal(r, height*width*in), normal(r, p.Windows(height)*p.Windows(width)*out)

	want := append([]float32(nil), small...)
	if height >= p.Kernel && width >= p.Kernel {
		p.addGeneric(want, large)
	}
	got := g.Copy(t, small)
	p.Add(got, g.Copy(t, large))
	asmtest.SameBits(t, "y", got, want)

	want = append([]float32(nil), large...)
	if height >= p.Kernel && width >= p.Kernel {
		p.gradientAddGeneric(want, small)
	}
	got = g.Copy(t, large)
	p.AddGradient(got, g.Copy(t, small))
	asmtest.SameBits(t, "dx", got, want)
}

// TestPoolLattice holds an average and its transpose on numbers that one can check by hand.
func TestPoolLattice(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9} // 3×3: the last row and column are outside the windows
	y := []float32{10, 20, 30}
	p := &Pool{Kernel: 2, Stride: 2, Height: 3, Width: 3, In: 1, Out: 3}
	p.Add(y, x)
	asmtest.SameBits(t, "y", y, []float32{10, 23, 30})
	p.AddGradient(x, []float32{100, 8, 100})
	asmtest.SameBits(t, "dx", x, []float32{3, 4, 3, 6, 7, 6, 7, 8, 9})

	x, y = []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, make([]float32, 4) // windows of one pixel reach the last
	p = &Pool{Kernel: 1, Stride: 2, Height: 3, Width: 3, In: 1, Out: 1}
	p.Add(y, x)
	asmtest.SameBits(t, "every second pixel", y, []float32{1, 3, 7, 9})
	p.AddGradient(x, y)
	asmtest.SameBits(t, "its gradient", x, []float32{2, 2, 6, 4, 5, 6, 14, 8, 18})
}
