//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	k := blocks[sumActivateArgs](nil).wider(8, sumActivate8AVX2)
	sumActivateFamily.add(cpu.AVX2, "16 or 8 channels", "for multiples of 8 channels",
		sumActivateKernels{k.wider(16, sumActivate16AVX2)})

	k = k.wider(16, sumActivate16AVX512).wider(32, sumActivate32AVX512).wider(64, sumActivate64AVX512)
	sumActivateFamily.add(cpu.AVX512, "64, 32 or 16 channels", "for multiples of 16 channels", sumActivateKernels{k})
}

// The assembly works on as many channels as its name says.

//go:noescape
func sumActivate8AVX2(a *sumActivateArgs)

//go:noescape
func sumActivate16AVX2(a *sumActivateArgs)

//go:noescape
func sumActivate16AVX512(a *sumActivateArgs)

//go:noescape
func sumActivate32AVX512(a *sumActivateArgs)

//go:noescape
func sumActivate64AVX512(a *sumActivateArgs)
