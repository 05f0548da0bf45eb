//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k normKernels
	k.activate = k.activate.wider(8, activate8AVX2).wider(16, activate16AVX2)
	k.activateGradient = k.activateGradient.wider(8, activateGradient8AVX2).wider(16, activateGradient16AVX2)
	k.normGradient = k.normGradient.wider(8, normGradient8AVX2).wider(16, normGradient16AVX2)
	normFamily.add(cpu.AVX2, "16 or 8 channels", "for multiples of 8 channels", k)

	k.activate = k.activate.wider(32, activate32AVX512).wider(64, activate64AVX512)
	k.activateGradient = k.activateGradient.wider(32, activateGradient32AVX512).wider(64, activateGradient64AVX512)
	k.normGradient = k.normGradient.wider(32, normGradient32AVX512).wider(64, normGradient64AVX512)
	normFamily.add(cpu.AVX512, "64 or 32 channels", "for multiples of 16 channels", k)
}

// The assembly works on as many channels as its name says.

//go:noescape
func activate8AVX2(a *activateArgs)

//go:noescape
func activate16AVX2(a *activateArgs)

//go:noescape
func activate32AVX512(a *activateArgs)

//go:noescape
func activate64AVX512(a *activateArgs)

// activateGradient8AVX2 does not stream.
//
//go:noescape
func activateGradient8AVX2(a *activateGradientArgs)

//go:noescape
func activateGradient16AVX2(a *activateGradientArgs)

//go:noescape
func activateGradient32AVX512(a *activateGradientArgs)

//go:noescape
func activateGradient64AVX512(a *activateGradientArgs)

//go:noescape
func normGradient8AVX2(a *normGradientArgs)

//go:noescape
func normGradient16AVX2(a *normGradientArgs)

//go:noescape
func normGradient32AVX512(a *normGradientArgs)

//go:noescape
func normGradient64AVX512(a *normGradientArgs)
