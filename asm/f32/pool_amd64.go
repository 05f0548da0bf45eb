//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k poolKernels
	k.add = k.add.wider(8, poolAdd8AVX2)
	k.gradientAdd = k.gradientAdd.wider(8, poolGradientAdd8AVX2)
	poolFamily.add(cpu.AVX2, "8 channels", "for multiples of 8 channels", k)
}

// The assembly walks one row of windows for eight channels.

//go:noescape
func poolAdd8AVX2(a *poolArgs)

//go:noescape
func poolGradientAdd8AVX2(a *poolArgs)
