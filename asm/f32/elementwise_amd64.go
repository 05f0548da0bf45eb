//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	elementwiseFamily.add(cpu.AVX2, "8 elements", "", elementwiseKernels{8, addAVX2, addScaledAVX2, sumSquaresAVX2})
}

//go:noescape
func addAVX2(dst, a, b []float32)

//go:noescape
func addScaledAVX2(dst, x []float32, s float32)

//go:noescape
func sumSquaresAVX2(chains *[8]float64, x []float32)
