package recipe

import (
	"fmt"
	"math"
	"slices"
)

// Schedule is a learning rate over a run. Its rates are the same bits on every machine.
type Schedule struct {
	Kind       string    `json:"schedule"` // "piecewise", "constant", "cosine" or "one-cycle"
	Boundaries []int     `json:"boundaries,omitempty"`
	Values     []float64 `json:"values,omitempty"`
	Value      float64   `json:"value,omitempty"`
	Start      float64   `json:"start,omitempty"`
	Peak       float64   `json:"peak,omitempty"`
	Warmup     float64   `json:"warmup,omitempty"` // the share of the run in which the rate rises linearly from 0
}

// Check refuses a schedule that [Schedule.Rate] has no answer for.
func (s *Schedule) Check() error {
	for _, rate := range append([]float64{s.Value, s.Start, s.Peak}, s.Values...) {
		if !(rate >= 0 && rate <= math.MaxFloat64) {
			return fmt.Errorf("learning rate: got %g, want 0 or more", rate)
		}
	}
	if !(s.Warmup >= 0 && s.Warmup < 1) {
		return fmt.Errorf("warmup: got %g, want 0 or more, and less than 1", s.Warmup)
	}
	switch s.Kind {
	case "constant", "cosine", "one-cycle":
		return nil
	case "piecewise":
		return s.checkPieces()
	}
	return fmt.Errorf("schedule: got %q, want piecewise, constant, cosine or one-cycle", s.Kind)
}

func (s *Schedule) checkPieces() error {
	if len(s.Values) != len(s.Boundaries)+1 {
		return fmt.Errorf("schedule: got %d boundaries and %d values, want one value more than boundaries", len(s.Boundaries), len(s.Values))
	}
	before := 0
	for i, boundary := range s.Boundaries {
		if boundary <= before {
			return fmt.Errorf("boundaries[%d]: got %d, want more than %d", i, boundary, before)
		}
		before = boundary
	}
	return nil
}

// Scaled returns the schedule with its rates multiplied by a factor.
//
// Source: Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section
// 2.1, for the factor by which a batch has grown; Krizhevsky, "One weird trick for parallelizing
// convolutional neural networks", 2014, section 3, for its root.
func (s Schedule) Scaled(factor float64) Schedule {
	s.Value, s.Start, s.Peak = s.Value*factor, s.Start*factor, s.Peak*factor
	s.Values = slices.Clone(s.Values)
	for i := range s.Values {
		s.Values[i] *= factor
	}
	return s
}

// Rate returns the learning rate of a step, from 0, of a run of total steps.
//
//	piecewise   Values[i] below Boundaries[i], then the last
//	constant    Value
//	cosine      Start·(1+cos(πt))/2, t from 0 to 1 over the rest of the run
//	one-cycle   Peak·(1−t)
//
// During the warm-up it is the rate right after it, times the share of the warm-up that has passed.
// Steps beyond the total have the last step's rate.
func (s *Schedule) Rate(step, total int) float64 {
	step = min(step, max(total-1, 0))
	warmup := float64(s.Warmup * float64(total)) // rounded: else arm64 fuses it with a subtraction below
	if now := float64(step + 1); now < warmup {
		return s.after(int(warmup), 0) * (now / warmup)
	}
	t := 0.0
	if rest := float64(total) - warmup; rest > 0 {
		t = max(float64(step)-warmup, 0) / rest
	}
	return s.after(step, t)
}

// after is the rate behind the warm-up.
func (s *Schedule) after(step int, t float64) float64 {
	switch s.Kind {
	case "piecewise":
		for i, boundary := range s.Boundaries {
			if step < boundary {
				return s.Values[i]
			}
		}
		return s.Values[len(s.Values)-1]
	case "cosine":
		sine := sin(math.Pi / 2 * t)
		return s.Start * (1 - float64(sine*sine))
	case "one-cycle":
		return s.Peak * (1 - t)
	default:
		return s.Value
	}
}

// sin returns the sine of x from 0 to π/2 by its Taylor polynomial of degree 21, whose remainder is
// below 2⁻⁵⁹ there. The standard library's may differ between machines.
func sin(x float64) float64 {
	square := float64(x * x)
	p := 1.0
	for n := 21.0; n > 1; n -= 2 {
		p = math.FMA(-square/(n*(n-1)), p, 1)
	}
	return x * p
}
