package f32

import "time"

// peakKernels measures: chains runs independent chains of fused multiply-adds in so many rounds, or
// fewer where it is slow, and returns how many operations it did.
type peakKernels struct{ chains func(rounds int) int }

var peakFamily = newFamily("fused multiply-adds of the measured peak", "", peakKernels{peakGeneric})

// PeakFLOPS measures the peak floating-point operations a second of one core, two a fused
// multiply-add, with the kernels' instructions. It is the best of several runs of independent
// chains, some 20 ms in all.
func PeakFLOPS() float64 {
	const runs, rounds = 20, 1 << 18
	best, kernels := 0.0, peakFamily.active()
	for range runs {
		start := time.Now()
		operations := kernels.chains(rounds)
		best = max(best, float64(operations)/time.Since(start).Seconds())
	}
	return best
}
