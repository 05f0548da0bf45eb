// Package rng provides random streams that are known by what they are for: a seed, a purpose and
// counters, such as an epoch and an image. What one stream yields does not depend on any other, on
// the order of use, on the number of threads, or on the machine.
package rng

import (
	"math/bits"
	"math/rand/v2"
)

// Stream is a sequence of random numbers: the standard library's PCG, which needs no memory of its
// own, started at a place that is a hash of what the stream is for. The zero Stream is not one; see
// [New].
type Stream struct {
	source rand.PCG
}

// New returns the stream for a seed, a purpose and counters. Different ones start at independent
// places of 2¹²⁸.
func New(seed uint64, purpose string, counters ...uint64) Stream {
	high, low := mix(seed), mix(^seed)
	absorb := func(x uint64) {
		high = mix(high ^ x)
		low = mix(low + x)
	}
	for i := range len(purpose) {
		absorb(uint64(purpose[i]))
	}
	for _, c := range counters {
		absorb(c)
		absorb(uint64(len(purpose)))
	}
	s := Stream{}
	s.source.Seed(high, low)
	return s
}

// mix spreads every bit of x over all of the result, one to one.
//
// Source: Stafford's variant 13 of MurmurHash3's finalizer, with the increment of Steele, Lea and
// Flood's SplitMix, 2014.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 { return s.source.Uint64() }

// Float64 returns a number in [0, 1), a multiple of 2⁻⁵³.
func (s *Stream) Float64() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// IntN returns a number in [0, n), each equally likely. It panics unless n is positive.
//
// Source: Lemire, "Fast Random Integer Generation in an Interval", 2019, algorithm 5.
func (s *Stream) IntN(n int) int {
	if n <= 0 {
		panic("rng: IntN: got a limit that is not positive")
	}
	limit := uint64(n)
	high, low := bits.Mul64(s.Uint64(), limit)
	if low < limit {
		for threshold := -limit % limit; low < threshold; {
			high, low = bits.Mul64(s.Uint64(), limit)
		}
	}
	return int(high)
}

// Perm fills p with the numbers from 0 on in random order.
//
// Source: Fisher and Yates's shuffle in Durstenfeld's form, 1964.
func (s *Stream) Perm(p []int32) {
	for i := range p {
		j := s.IntN(i + 1)
		p[i] = p[j]
		p[j] = int32(i)
	}
}
