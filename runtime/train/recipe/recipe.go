// Package recipe holds the training recipe: learning rate, augmentation, moving averages and the
// views of an evaluation.
package recipe

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// Recipe is how a spec wants its network to be trained, as far as it is decided at run time.
type Recipe struct {
	Schedule Schedule
	Augment  dataset.Augment
	EMA      float64 // decay of the moving averages of the variables, which are evaluated; 0: there are none
	Views    Views   // what an evaluation sees of each image
	Data     string
	Labels   []string // the names of the classes, unless the data has its own
}

// Check refuses a recipe that no run can follow.
func (r *Recipe) Check() error {
	if !(r.EMA >= 0 && r.EMA < 1) {
		return fmt.Errorf("ema: got %g, want 0 or more, and less than 1", r.EMA)
	}
	if s := r.Views.Shift; s < 0 || s > MaxShift {
		return fmt.Errorf("shift: got %d, want 0 to %d", s, MaxShift)
	}
	return r.Schedule.Check()
}
