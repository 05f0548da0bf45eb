package cli

import (
	"bytes"
	"math"
	"time"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// roofs are what the machine does at most with some number of threads, all at work at one time.
type roofs struct {
	flops float64 // a second, two a fused multiply-add
	bytes float64 // a second, read or written, between memory and the cores
}

// roofBuffer is the bytes that each of the two buffers of a copy has in all: far more than a last-level cache.
const roofBuffer = 128 << 20

// measureRoofs takes about a second. Bandwidth is the best of a stream that reads and one that copies (past the caches,
// as the standard library copies blocks of that size), where each byte counts that is read or written.
func measureRoofs(threads int) roofs {
	speeds := make([]float64, threads)
	peak := par.New(threads, func(worker int) { speeds[worker] = f32.PeakFLOPS() })
	defer peak.Close()
	peak.Run()
	r := roofs{}
	for _, s := range speeds {
		r.flops += s
	}
	from, to := make([]byte, roofBuffer), make([]byte, roofBuffer)
	from[0] = 1
	for n := 1; n < len(from); n *= 2 {
		copy(from[n:], from[:n]) // pages that were never written would be read from the caches
	}
	share := roofBuffer / threads
	part := func(b []byte, worker int) []byte { return b[worker*share:][:share] }
	reads := fastest(threads, func(worker int) { bytes.IndexByte(part(from, worker), 0) })
	copies := fastest(threads, func(worker int) { copy(part(to, worker), part(from, worker)) })
	moved := float64(share * threads)
	r.bytes = max(moved/reads, 2*moved/copies)
	return r
}

// fastest returns the seconds of the fastest of several rounds of a job on all threads.
func fastest(threads int, job func(worker int)) float64 {
	const rounds = 3
	crew := par.New(threads, job)
	defer crew.Close()
	crew.Run() // the system backs the pages
	best := math.Inf(1)
	for range rounds {
		start := time.Now()
		crew.Run()
		best = min(best, time.Since(start).Seconds())
	}
	return best
}
