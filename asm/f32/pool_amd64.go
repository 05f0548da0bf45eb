//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k poolKernels
	k.add = k.add.wider(8, poolAdd8AVX2)
	k.gradientAdd = k.gradientAdd.wider(8, poolGradientAdd8AVX2)
	k.max = k.max.wider(8, maxPool8AVX2)
	k.maxGradient = k.maxGradient.wider(8, maxPoolGradient8AVX2)
	poolFamily.add(cpu.AVX2, "8 channels", "for multiples of 8 channels", k)

	k.max = k.max.wider(16, maxPool16AVX512)
	k.maxGradient = k.maxGradient.wider(16, maxPoolGradient16AVX512)
	poolFamily.add(cpu.AVX512, "16 channels, averages 8", "for multiples of 8 channels, AVX-512 of 16", k)
}

// The assembly walks one row of windows, or of pixels, for as many channels as its name says.

//go:noescape
func poolAdd8AVX2(a *poolArgs)

//go:noescape
func poolGradientAdd8AVX2(a *poolArgs)

//go:noescape
func maxPool8AVX2(a *maxPoolArgs)

//go:noescape
func maxPoolGradient8AVX2(a *maxPoolArgs)

//go:noescape
func maxPool16AVX512(a *maxPoolArgs)

//go:noescape
func maxPoolGradient16AVX512(a *maxPoolArgs)
