//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	peakFamily.add(cpu.AVX2, "12 chains of 8", "", peakKernels{func(rounds int) int {
		peakAVX2(rounds)
		return rounds * 12 * 8 * 2
	}})
	peakFamily.add(cpu.AVX512, "12 chains of 16", "", peakKernels{func(rounds int) int {
		peakAVX512(rounds)
		return rounds * 12 * 16 * 2
	}})
}

// peakAVX2 runs twelve chains of fused multiply-adds of eight lanes.
func peakAVX2(rounds int)

// peakAVX512 runs twelve chains of fused multiply-adds of sixteen lanes.
func peakAVX512(rounds int)
