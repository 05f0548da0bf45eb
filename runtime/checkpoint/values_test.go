package checkpoint

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// TestCheckValues holds which values are refused in which tensors, and that the tensor is named by
// its own name.
func TestCheckValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	negativeZero := float32(math.Copysign(0, -1))
	for _, c := range []struct {
		name     string
		values   []float32
		want     string // empty: they are right
		diverged bool
	}{
		{"logit/DW", []float32{-1, math.MaxFloat32, 0}, "", false},
		{"logit/DW", []float32{1, nan, inf}, "variable logit/DW: got NaN at element 1, want finite numbers: the training has diverged", true},
		{"logit/DW/Momentum", []float32{inf}, "variable logit/DW/Momentum: got +Inf at element 0, want finite numbers: the training has diverged", true},
		{"logit/DW/Momentum", []float32{-1}, "", false},
		{"bn/moving_mean", []float32{-1}, "", false},
		{"bn/moving_variance", []float32{0, negativeZero, 1}, "", false},
		{"bn/moving_variance", []float32{1, -2}, "variable bn/moving_variance: got -2 at element 1, want 0 or more", false},
		{"bn/moving_variance", []float32{-inf}, "variable bn/moving_variance: got -Inf at element 0, want finite numbers: the training has diverged", true},
		{"bn/moving_variance/ExponentialMovingAverage", []float32{-2}, "variable bn/moving_variance/ExponentialMovingAverage: got -2 at element 0, want 0 or more", false},
		{"logit/DW/Adam", []float32{-1}, "", false},
		{"logit/DW/Adam_1", []float32{-1}, "variable logit/DW/Adam_1: got -1 at element 0, want 0 or more", false},
	} {
		got := (&Tensor{Name: c.name, Shape: []int{len(c.values)}, Float32: slices.Clone(c.values)}).CheckValues()
		if text := errorText(got); text != c.want || errors.Is(got, ErrDiverged) != c.diverged {
			t.Errorf("%s %v: got %q, want %q", c.name, c.values, text, c.want)
		}
	}
	if err := (&Tensor{Name: "global_step", Int64: []int64{-1}}).CheckValues(); err != nil {
		t.Errorf("got error %v of integers, want none", err)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestVariableOf finds a variable by what an optimizer and an average keep of it.
func TestVariableOf(t *testing.T) {
	for tensor, want := range map[string]string{
		"logit/DW": "logit/DW", "logit/DW/Momentum": "logit/DW", "logit/DW/Adam_1": "logit/DW", "logit/DW" + AverageSuffix: "logit/DW",
		"global_step": "global_step", "Momentum": "Momentum",
	} {
		if got := VariableOf(tensor); got != want {
			t.Errorf("%s: got %s, want %s", tensor, got, want)
		}
	}
}
