//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k unitEndKernels
	k.activateSum = k.activateSum.wider(16, activateSum16AVX2)
	k.activateSumGradient = k.activateSumGradient.wider(16, activateSumGradient16AVX2)
	unitEndFamily.add(cpu.AVX2, "16 channels", "for multiples of 16 channels", k)

	k.activateSum = k.activateSum.wider(32, activateSum32AVX512).wider(64, activateSum64AVX512)
	k.activateSumGradient = k.activateSumGradient.wider(32, activateSumGradient32AVX512).wider(64, activateSumGradient64AVX512)
	unitEndFamily.add(cpu.AVX512, "64 or 32 channels", "for multiples of 16 channels", k)
}

// The assembly works on as many channels as its name says.

//go:noescape
func activateSum16AVX2(a *activateSumArgs)

//go:noescape
func activateSum32AVX512(a *activateSumArgs)

//go:noescape
func activateSum64AVX512(a *activateSumArgs)

//go:noescape
func activateSumGradient16AVX2(a *activateSumGradientArgs)

//go:noescape
func activateSumGradient32AVX512(a *activateSumGradientArgs)

//go:noescape
func activateSumGradient64AVX512(a *activateSumGradientArgs)
