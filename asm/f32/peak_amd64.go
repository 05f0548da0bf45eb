//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func peak(rounds int) int {
	switch cpu.Active() {
	case cpu.Portable:
		return peakGeneric(rounds)
	case cpu.AVX512:
		peakAVX512(rounds)
		return rounds * 12 * line * 2
	}
	peakAVX2(rounds)
	return rounds * 12 * lanes * 2
}

// peakAVX2 runs twelve chains of fused multiply-adds of eight lanes.
func peakAVX2(rounds int)

// peakAVX512 runs twelve chains of fused multiply-adds of sixteen lanes.
func peakAVX512(rounds int)
