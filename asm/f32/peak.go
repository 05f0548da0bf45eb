package f32

import "time"

// PeakFLOPS measures the most floating-point operations a second, two a fused multiply-add, that one core does
// with what the kernels are made of: the best of several runs of independent chains, some 20 ms in all.
func PeakFLOPS() float64 {
	const runs, rounds = 20, 1 << 18
	best := 0.0
	for range runs {
		start := time.Now()
		operations := peak(rounds)
		best = max(best, float64(operations)/time.Since(start).Seconds())
	}
	return best
}

// peakGeneric runs 8 chains and returns the operations it did.
func peakGeneric(rounds int) int {
	rounds /= 64 // FMA in Go is that much slower
	var acc [8]float32
	for range rounds {
		for i := range acc {
			acc[i] = FMA(acc[i], 0.5, 1)
		}
	}
	if acc[0] < 0 { // never: it keeps the compiler from leaving the loop out
		return 0
	}
	return rounds * len(acc) * 2
}
