//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k storeKernels
	k.storeMoments = k.storeMoments.wider(16, storeMomentsAVX2)
	k.normGradientSum = k.normGradientSum.wider(16, normGradientSum16AVX2)
	storeFamily.add(cpu.AVX2, "16 channels, 2 chains", "for multiples of 16 channels", k)

	k.storeMoments = k.storeMoments.wider(32, storeMoments32AVX512).wider(64, storeMoments64AVX512)
	k.normGradientSum = k.normGradientSum.wider(32, normGradientSum32AVX512).wider(64, normGradientSum64AVX512)
	storeFamily.add(cpu.AVX512, "64 or 32 channels, 2 chains", "for multiples of 16 channels", k)
}

func storeMomentsAVX2(a *storeMomentsArgs) {
	if a.add == nil {
		storeMoments16AVX2(a)
	} else {
		storeSumMoments16AVX2(a)
	}
}

// The assembly works on as many channels as its name says.

// storeMoments16AVX2 adds nothing.
//
//go:noescape
func storeMoments16AVX2(a *storeMomentsArgs)

//go:noescape
func storeSumMoments16AVX2(a *storeMomentsArgs)

//go:noescape
func storeMoments32AVX512(a *storeMomentsArgs)

//go:noescape
func storeMoments64AVX512(a *storeMomentsArgs)

//go:noescape
func normGradientSum16AVX2(a *normGradientSumArgs)

//go:noescape
func normGradientSum32AVX512(a *normGradientSumArgs)

//go:noescape
func normGradientSum64AVX512(a *normGradientSumArgs)
