//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k winogradKernels
	k.input = k.input.wider(8, winogradInput8AVX2)
	k.output = k.output.wider(8, winogradOutput8AVX2)
	k.gradient = k.gradient.wider(8, winogradGradient8AVX2)
	winogradFamily.add(cpu.AVX2, "8 channels", "for multiples of 8 channels", k)

	k.input = k.input.wider(16, winogradInput16AVX512)
	k.output = k.output.wider(16, winogradOutput16AVX512)
	k.gradient = k.gradient.wider(16, winogradGradient16AVX512)
	winogradFamily.add(cpu.AVX512, "16 channels", "for multiples of 16 channels", k)
}

// The assembly transforms a row of tiles, as many channels of them as its name says.

//go:noescape
func winogradInput8AVX2(a *winogradArgs)

//go:noescape
func winogradInput16AVX512(a *winogradArgs)

//go:noescape
func winogradOutput8AVX2(a *winogradArgs)

//go:noescape
func winogradOutput16AVX512(a *winogradArgs)

//go:noescape
func winogradGradient8AVX2(a *winogradArgs)

//go:noescape
func winogradGradient16AVX512(a *winogradArgs)
