package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// rateFlags replace the spec's learning rate.
type rateFlags struct {
	schedule   string
	rate       float64
	warmup     float64
	boundaries []int
	values     []float64
}

func (f *rateFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.schedule, "schedule", "", "learning-rate schedule instead of the spec's: constant, cosine, one-cycle or piecewise")
	flags.Float64Var(&f.rate, "learning-rate", 0, "learning rate of --schedule: its value, start or peak; without --schedule, constant")
	flags.Float64Var(&f.warmup, "warmup", 0, "share of the run in which the learning rate rises linearly from 0")
	flags.IntSliceVar(&f.boundaries, "boundaries", nil, "with --schedule piecewise: the steps after which the next value holds")
	flags.Float64SliceVar(&f.values, "values", nil, "with --schedule piecewise: the learning rates, one more than boundaries")
}

// override replaces what the flags that were given say.
func (f *rateFlags) override(s *recipe.Schedule, given func(flag string) bool) error {
	if given("schedule") || given("learning-rate") {
		if err := f.replace(s, given); err != nil {
			return err
		}
	}
	if s.Kind != "piecewise" || !given("schedule") {
		for _, flag := range []string{"boundaries", "values"} {
			if given(flag) {
				return fmt.Errorf("--%s: got it without --schedule piecewise, want both", flag)
			}
		}
	}
	if given("warmup") {
		s.Warmup = f.warmup
	}
	if given("learning-rate") && !(f.rate >= 0 && f.rate < maxRate) {
		return fmt.Errorf("--learning-rate: got %g, want 0 or more and less than %g", f.rate, float64(maxRate))
	}
	return s.Check()
}

// maxRate is more than any use has, and below what float32 takes for infinite.
const maxRate = 1e30

func (f *rateFlags) replace(s *recipe.Schedule, given func(flag string) bool) error {
	kind := f.schedule
	if !given("schedule") {
		kind = "constant"
	}
	*s = recipe.Schedule{Kind: kind}
	switch kind {
	case "constant":
		s.Value = f.rate
	case "cosine":
		s.Start = f.rate
	case "one-cycle":
		s.Peak = f.rate
	case "piecewise":
		s.Boundaries, s.Values = f.boundaries, f.values
		if given("learning-rate") {
			return fmt.Errorf("--learning-rate: got it with --schedule piecewise, want --boundaries and --values")
		}
		return nil
	default:
		return fmt.Errorf("--schedule: got %q, want piecewise, constant, cosine or one-cycle", kind)
	}
	if !given("learning-rate") {
		return fmt.Errorf("--learning-rate: got nothing, want the learning rate of --schedule %s", kind)
	}
	return nil
}
