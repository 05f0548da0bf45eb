//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	var k momentsKernels
	k.moments = k.moments.wider(8, moments8AVX2)
	k.channelSum = k.channelSum.wider(8, channelSum8AVX2)
	momentsFamily.add(cpu.AVX2, "8 channels, 2 chains", "for multiples of 8 channels", k)
}

// The assembly works on eight channels.

//go:noescape
func moments8AVX2(a *momentsArgs)

//go:noescape
func channelSum8AVX2(a *momentsArgs)
