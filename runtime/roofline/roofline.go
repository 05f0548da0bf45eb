// Package roofline measures what this machine can do at most, and says how near to it a phase of a
// training step comes and what bounds it.
//
// Source: Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for
// Multicore Architectures", 2009, section 3.
package roofline

import (
	"bytes"
	"math"
	"time"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Roofs are what the machine does at most with some number of threads, all at work at one time.
type Roofs struct {
	FLOPS      float64 // a second, two a fused multiply-add
	Bytes      float64 // a second, read or written, between memory and the cores
	Transforms float64 // elements of Winograd's planes a second
}

// The bounds of a phase.
const (
	ByCompute    = "compute"
	ByMemory     = "memory"
	ByTransforms = "transforms"
	ByOverhead   = "overhead"
)

// Shares say which part of its time a phase would take at each roof.
type Shares struct {
	Compute    float64 // for the products that its algorithm takes
	Memory     float64 // for the bytes that it moves
	Transforms float64 // for what Winograd's algorithm transforms
}

// Of returns the shares of a phase that took so many seconds for n images.
func (r Roofs) Of(phase *network.Phase, n int, seconds float64) Shares {
	return Shares{
		Compute:    float64(phase.Products) * float64(n) / seconds / r.FLOPS,
		Memory:     float64(phase.Bytes(n)) / seconds / r.Bytes,
		Transforms: float64(phase.Transformed) * float64(n) / seconds / r.Transforms,
	}
}

// Bound names the nearest roof, or overhead where none explains a quarter of the time, and the
// nearest roof's share.
func (s Shares) Bound() (name string, share float64) {
	const least = 0.25
	name, share = ByCompute, s.Compute
	if s.Memory > share {
		name, share = ByMemory, s.Memory
	}
	if s.Transforms > share {
		name, share = ByTransforms, s.Transforms
	}
	if share < least {
		name = ByOverhead
	}
	return name, share
}

// roofBuffer is the bytes that each of the two buffers of a copy has in all: far more than a
// last-level cache.
const roofBuffer = 128 << 20

// Measure measures the roofs of so many threads. It takes about a second. Bandwidth is the best of
// a stream that reads and one that copies (past the caches, as the standard library copies blocks
// of that size), where each byte counts that is read or written.
func Measure(threads int) Roofs {
	r := Roofs{FLOPS: together(threads, f32.PeakFLOPS), Transforms: together(threads, f32.TransformSpeed)}
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
	r.Bytes = max(moved/reads, 2*moved/copies)
	return r
}

// together returns what all threads measure at one time, added up.
func together(threads int, measure func() float64) (sum float64) {
	speeds := make([]float64, threads)
	crew := par.New(threads, func(worker int) { speeds[worker] = measure() })
	defer crew.Close()
	crew.Run()
	for _, s := range speeds {
		sum += s
	}
	return sum
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
