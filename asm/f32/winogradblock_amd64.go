//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	winogradBlockFamily.add(cpu.AVX2, "4×16 of the gradient", "", winogradBlockKernels{winogradProducts4x16AVX2})
	winogradBlockFamily.add(cpu.AVX512, "16×16 of the gradient", "", winogradBlockKernels{winogradProducts16x16AVX512})
}

// winogradProducts4x16AVX2 computes the transformed gradient by four rows at a time.
//
//go:noescape
func winogradProducts4x16AVX2(a *winogradBlockArgs)

// winogradProducts16x16AVX512 computes it by planes.
//
//go:noescape
func winogradProducts16x16AVX512(a *winogradBlockArgs)
