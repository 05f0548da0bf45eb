package recipe

import (
	"math"
	"strings"
	"testing"
)

// TestRateBits holds the bits of rates that a fused or a less exact operation would change.
func TestRateBits(t *testing.T) {
	cosine := Schedule{Kind: "cosine", Start: 0.1, Warmup: 0.07}
	cycle := Schedule{Kind: "one-cycle", Peak: 0.1, Warmup: 0.15}
	for _, test := range []struct {
		s           Schedule
		step, total int
		want        uint64
	}{
		{cosine, 624, 1408, 0x3fb0b4eff425fc45},
		{cosine, 638, 1408, 0x3fb04b94e436d2a8},
		{cosine, 645, 1408, 0x3fb016848b8aedff},
		{cycle, 484, 1407, 0x3fb3c1e18a348204},
		{cycle, 519, 1407, 0x3fb3021648802d35},
		{cycle, 526, 1407, 0x3fb2dbba6e8f4f72},
	} {
		if got := math.Float64bits(test.s.Rate(test.step, test.total)); got != test.want {
			t.Errorf("%s, step %d of %d: got bits %#x, want %#x", test.s.Kind, test.step, test.total, got, test.want)
		}
	}
}

// TestCheck holds what is said of schedules that have no rates.
func TestCheck(t *testing.T) {
	for want, s := range map[string]Schedule{
		`schedule: got "fast", want piecewise`:               {Kind: "fast"},
		"learning rate: got -1, want 0 or more":              {Kind: "constant", Value: -1},
		"learning rate: got NaN":                             {Kind: "cosine", Start: math.NaN()},
		"learning rate: got +Inf":                            {Kind: "piecewise", Values: []float64{math.Inf(1)}},
		"warmup: got 1, want 0 or more, and less than 1":     {Kind: "one-cycle", Peak: 1, Warmup: 1},
		"got 1 boundaries and 1 values, want one value more": {Kind: "piecewise", Boundaries: []int{1}, Values: []float64{1}},
		"boundaries[1]: got 3, want more than 3":             {Kind: "piecewise", Boundaries: []int{3, 3}, Values: []float64{1, 2, 3}},
		"boundaries[0]: got 0, want more than 0":             {Kind: "piecewise", Boundaries: []int{0}, Values: []float64{1, 2}},
	} {
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestRate holds each schedule at its corners.
func TestRate(t *testing.T) {
	piecewise := Schedule{Kind: "piecewise", Boundaries: []int{3, 5}, Values: []float64{1, 0.1, 0.01}}
	cosine := Schedule{Kind: "cosine", Start: 2}
	cycle := Schedule{Kind: "one-cycle", Peak: 1, Warmup: 0.25}
	for _, test := range []struct {
		s    Schedule
		step int
		want float64
	}{
		{piecewise, 0, 1},
		{piecewise, 2, 1},
		{piecewise, 3, 0.1},
		{piecewise, 4, 0.1},
		{piecewise, 5, 0.01},
		{piecewise, 99, 0.01},
		{Schedule{Kind: "constant", Value: 0.3}, 50, 0.3},
		{cosine, 0, 2},
		{cosine, 50, 1},
		{cosine, 99, 2 * (1 + math.Cos(math.Pi*0.99)) / 2},
		{cycle, 0, 1.0 / 25},
		{cycle, 11, 12.0 / 25},
		{cycle, 25, 1},
		{cycle, 75, 1.0 / 3},
		{cycle, 99, 1.0 / 75},
		{Schedule{Kind: "constant", Value: 1, Warmup: 0.1}, 4, 0.5},
	} {
		if got := test.s.Rate(test.step, 100); math.Abs(got-test.want) > 1e-15 {
			t.Errorf("%s, step %d: got %g, want %g", test.s.Kind, test.step, got, test.want)
		}
	}
}

// TestScaled holds that a scaled schedule has the scaled rate in every step, and that the first
// stays what it was.
func TestScaled(t *testing.T) {
	for _, s := range []Schedule{
		{Kind: "constant", Value: 0.5, Warmup: 0.25},
		{Kind: "cosine", Start: 0.25},
		{Kind: "one-cycle", Peak: 1, Warmup: 0.25},
		{Kind: "piecewise", Boundaries: []int{5}, Values: []float64{1, 0.125}},
	} {
		four := s.Scaled(4)
		for step := range 10 {
			if got, want := four.Rate(step, 10), 4*s.Rate(step, 10); got != want {
				t.Errorf("%s, step %d: got %g, want %g", s.Kind, step, got, want)
			}
		}
	}
}
