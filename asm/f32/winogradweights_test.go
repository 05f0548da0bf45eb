package f32

import (
	"math/rand/v2"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var winogradWeightsTest = familyTest{
	family: winogradWeightsFamily,
	bits: map[string]property{
		"TransformWeights": winogradWeightsBits,
	},
	calls: []call{
		{
			"TransformWeights",
			[]int{19, 9},
			nil,
			[]int{35*19 + WeightLanes, 8*9 + WeightLanes},
			func(n []int, s [][]float32) { TransformWeights(s[0], n[0], s[1], n[1]) },
		},
		{
			"TransformWeightGradient",
			[]int{29, 31, 27},
			nil,
			[]int{8*29 + 27, 35*31 + 27},
			func(n []int, s [][]float32) { TransformWeightGradient(s[0], n[0], s[1], n[1], n[2]) },
		},
	},
}

// winogradWeightsBits compares every level with the definition.
func winogradWeightsBits(t *rapid.T, r *rand.Rand, guards *asmtest.Guards) {
	plane, tap := WeightLanes+rapid.IntRange(0, 30).Draw(t, "plane gap"), rapid.IntRange(0, 30).Draw(t, "tap")
	w := guards.Copy(t, normal(r, 8*tap+WeightLanes))
	n := (WinogradPlanes-1)*plane + WeightLanes
	got, want := asmtest.NaNs(guards.Floats(t, n)), asmtest.NaNs(make([]float32, n))
	TransformWeights(got, plane, w, tap)
	winogradWeightsGeneric(want, plane, w, tap)
	asmtest.SameBits(t, "u", got, want)
}
