//go:build tools

package parity

import (
	"bytes"
	"encoding/json"
	"math"
	"os/exec"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// scheduled is a run whose learning rates are compared, as torch_schedule.py reads it.
type scheduled struct {
	Schedule   string    `json:"schedule"`
	Total      int       `json:"total"`
	Warmup     int       `json:"warmup"` // steps
	Rate       float64   `json:"rate"`
	Boundaries []int     `json:"boundaries,omitempty"`
	Values     []float64 `json:"values,omitempty"`
	Official   bool      `json:"official,omitempty"` // lr_scheduler.OneCycleLR
}

// schedule returns the run's schedule as a trainer has it.
func (s *scheduled) schedule() recipe.Schedule {
	return recipe.Schedule{
		Kind: s.Schedule, Boundaries: s.Boundaries, Values: s.Values, Value: s.Rate, Start: s.Rate, Peak: s.Rate,
		Warmup: float64(s.Warmup) / float64(s.Total),
	}
}

// tolerance is how far rates may be apart. The phases of lr_scheduler.OneCycleLR end a step
// earlier, so that each of its rates is that of a neighbouring step.
func (s *scheduled) tolerance() float64 {
	if s.Official {
		return 1.0001 * s.Rate / float64(min(s.Warmup, s.Total-s.Warmup))
	}
	return 1e-12 * s.Rate
}

// TestSchedules checks every schedule, with warm-up and without, against torch.optim.lr_scheduler.
func TestSchedules(t *testing.T) {
	const total = 200
	var runs []scheduled
	for _, warmup := range []int{0, 2, 50} {
		runs = append(runs,
			scheduled{Schedule: "constant", Warmup: warmup, Rate: 0.3},
			scheduled{Schedule: "cosine", Warmup: warmup, Rate: 0.1},
			scheduled{Schedule: "one-cycle", Warmup: warmup, Rate: 0.2},
			scheduled{Schedule: "piecewise", Warmup: warmup, Rate: 0.1, Boundaries: []int{80, 120, 199}, Values: []float64{0.1, 0.01, 0.001, 0.0001}},
		)
	}
	runs = append(runs, scheduled{Schedule: "one-cycle", Warmup: 50, Rate: 0.2, Official: true})
	for i := range runs {
		runs[i].Total = total
	}
	for i, want := range torchRates(t, runs) {
		s := runs[i].schedule()
		if len(want) != total {
			t.Fatalf("%+v: got %d rates of PyTorch, want %d", runs[i], len(want), total)
		}
		for step, rate := range want {
			if got := s.Rate(step, total); !(math.Abs(got-rate) <= runs[i].tolerance()) {
				t.Errorf("%+v, step %d: got %.15g, want %.15g", runs[i], step, got, rate)
				break
			}
		}
	}
}

// torchRates returns PyTorch's learning rates of each run.
func torchRates(t *testing.T, runs []scheduled) (rates [][]float64) {
	t.Helper()
	input, err := json.Marshal(runs)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python, "torch_schedule.py")
	command.Stdin = bytes.NewReader(input)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err := torchError(complaints.Bytes(), err); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, &rates); err != nil {
		t.Fatal(err)
	}
	if len(rates) != len(runs) {
		t.Fatalf("got rates of %d runs, want %d", len(rates), len(runs))
	}
	return rates
}
