//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func peak(rounds int) int {
	if cpu.Active() < cpu.AVX2 {
		return peakGeneric(rounds)
	}
	peakAVX2(rounds)
	return rounds * 12 * lanes * 2
}

// peakAVX2 runs twelve chains of fused multiply-adds of eight lanes.
func peakAVX2(rounds int)
