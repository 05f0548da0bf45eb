//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	winogradWeightsFamily.add(cpu.AVX2, "8 kernels", "", winogradWeightsKernels{transformAVX2, 8, weightGradientAVX2})
	winogradWeightsFamily.add(cpu.AVX512, "8 kernels, 16 of their gradients", "", winogradWeightsKernels{transformAVX2, 16, weightGradientAVX512})
}

func transformAVX2(u []float32, plane int, w []float32, tap int) {
	winogradWeights8AVX2(&u[0], &w[0], 4*plane, 4*tap)
}

func weightGradientAVX2(dw []float32, tap int, du []float32, plane, n int) {
	winogradWeightGradient8AVX2(&dw[0], &du[0], 4*tap, 4*plane, n)
}

func weightGradientAVX512(dw []float32, tap int, du []float32, plane, n int) {
	winogradWeightGradient16AVX512(&dw[0], &du[0], 4*tap, 4*plane, n)
}

// winogradWeights8AVX2 transforms eight kernels; plane and tap are in bytes.
//
//go:noescape
func winogradWeights8AVX2(u, w *float32, plane, tap int)

// winogradWeightGradient8AVX2 transforms n kernels, a positive multiple of eight; tap and plane are
// in bytes.
//
//go:noescape
func winogradWeightGradient8AVX2(dw, du *float32, tap, plane, n int)

// winogradWeightGradient16AVX512 is winogradWeightGradient8AVX2 by sixteen.
//
//go:noescape
func winogradWeightGradient16AVX512(dw, du *float32, tap, plane, n int)
