package rng

import (
	"math"
	"slices"
	"testing"
)

// TestGolden holds the first numbers of some streams: every result that began with a seed depends
// on them.
func TestGolden(t *testing.T) {
	for _, test := range []struct {
		stream Stream
		want   uint64
	}{
		{New(0, ""), 0xbaad8965c7242aa}, {New(1, "order", 0), 0x52246f9a8c38486e}, {New(1, "order", 1), 0x679ef255c617791a}, {New(1, "augment", 0, 7), 0x8b9e66fc01efc832},
	} {
		if got := test.stream.Uint64(); got != test.want {
			t.Errorf("got %#x, want %#x", got, test.want)
		}
	}
}

// TestQuantile compares with the distribution function, over the middle and both tails.
func TestQuantile(t *testing.T) {
	for i := 1; i < 4000; i++ {
		p := float64(i) / 4000
		if i%4 == 0 {
			p = math.Ldexp(p, -i/80)
		}
		x := quantile(p)
		if got := math.Erfc(-x/math.Sqrt2) / 2; math.Abs(got-p) > 1e-13*p {
			t.Fatalf("Φ(quantile(%g)): got %g", p, got)
		}
		if q := quantile(1 - p); p > 1e-3 && math.Abs(q+x) > 1e-11 {
			t.Fatalf("quantile(1 − %g): got %g, want %g", p, q, -x)
		}
	}
}

// TestNormal holds the first four moments over many draws, within five standard errors.
func TestNormal(t *testing.T) {
	const n = 1_000_000
	s := New(1, "test normal")
	var sums [5]float64
	for range n {
		x, power := s.NormFloat64(), 1.0
		for k := range sums {
			sums[k] += power
			power *= x
		}
	}
	for k, want := range []float64{1, 0, 1, 0, 3} {
		// The variance of x^k is the moment 2k minus the square of the moment k.
		variance := []float64{0, 1, 2, 15, 96}[k]
		if got := sums[k] / n; math.Abs(got-want) > 5*math.Sqrt(variance/n) {
			t.Errorf("moment %d: got %g, want %g", k, got, want)
		}
	}
}

// TestIntN holds, by a χ² test, that every number is as likely.
func TestIntN(t *testing.T) {
	const limit, n = 7, 700_000
	s := New(1, "test integers")
	var counts [limit]float64
	for range n {
		counts[s.IntN(limit)]++
	}
	chi := 0.0
	for _, c := range counts {
		chi += (c - n/limit) * (c - n/limit) / (n / limit)
	}
	if chi > 22.5 { // the 99.9th percentile with 6 degrees of freedom
		t.Errorf("got χ² of %g, want at most 22.5", chi)
	}
}

// TestFloat64 holds the range and the mean.
func TestFloat64(t *testing.T) {
	const n = 500_000
	s := New(1, "test floats")
	sum := 0.0
	for range n {
		x := s.Float64()
		if x < 0 || x >= 1 {
			t.Fatalf("got %g, want it in [0, 1)", x)
		}
		sum += x
	}
	if mean := sum / n; math.Abs(mean-0.5) > 5*math.Sqrt(1.0/12/n) {
		t.Errorf("got a mean of %g, want 0.5", mean)
	}
}

// TestPerm holds that it is a permutation, that it is not the identity, and that streams differ.
func TestPerm(t *testing.T) {
	p, q := make([]int32, 1000), make([]int32, 1000)
	a, b := New(1, "test order", 0), New(1, "test order", 1)
	a.Perm(p)
	b.Perm(q)
	if slices.Equal(p, q) || slices.IsSorted(p) {
		t.Error("got two equal orders, or a sorted one")
	}
	slices.Sort(p)
	for i, v := range p {
		if int(v) != i {
			t.Fatalf("sorted order: got %d at %d", v, i)
		}
	}
}

// TestNewAllocatesNothing: a stream for each image must cost no garbage.
func TestNewAllocatesNothing(t *testing.T) {
	var sum uint64
	if n := testing.AllocsPerRun(100, func() {
		s := New(1, "augment", 3, sum)
		sum += s.Uint64()
	}); n != 0 {
		t.Errorf("got %g allocations, want 0", n)
	}
}
