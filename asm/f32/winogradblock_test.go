package f32

import (
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var winogradBlockTest = familyTest{
	family: winogradBlockFamily,
	bits: map[string]property{
		"WeightGradient": winogradBlockBits,
	},
	calls: []call{
		{
			"WeightGradient",
			[]int{2, 3, 70, 150},
			nil,
			[]int{taps * gradientBlock, 35*150 + 70 + 3*TileChannels, 35*150 + 70 + 3*TileChannels, WinogradBlockScratch},
			func(n []int, s [][]float32) {
				g := WinogradBlock{Images: n[0], Tiles: n[1], Image: n[2], Plane: n[3]}
				g.WeightGradient(s[0], s[1], s[2], s[3])
			},
		},
	},
}

// winogradBlockBits compares every level with the definition.
func winogradBlockBits(t *rapid.T, r *rand.Rand, guards *asmtest.Guards) {
	g := WinogradBlock{Images: rapid.IntRange(1, 3).Draw(t, "images"), Tiles: rapid.SampledFrom([]int{1, 2, 3, 4, 9, 300}).Draw(t, "tiles")}
	g.Plane = g.Tiles*TileChannels + rapid.IntRange(0, 20).Draw(t, "plane gap")
	g.Image = WinogradPlanes*g.Plane + rapid.IntRange(0, 20).Draw(t, "image gap")
	n := (g.Images-1)*g.Image + 35*g.Plane + g.Tiles*TileChannels
	x, dy := guards.Copy(t, normal(r, n)), guards.Copy(t, normal(r, n))
	got := asmtest.NaNs(guards.Floats(t, taps*gradientBlock))
	g.WeightGradient(got, x, dy, asmtest.NaNs(guards.Floats(t, WinogradBlockScratch)))

	du, want := make([]float32, WinogradBlockScratch), make([]float32, taps*gradientBlock)
	g.productsGeneric(du, x, dy)
	winogradWeightGradientGeneric(want, gradientBlock, du, gradientPlane, gradientBlock)
	asmtest.SameBits(t, "dw", got, want)
}
