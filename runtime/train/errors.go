package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// SettingsMismatchError says that a run that is to go on was started with other settings.
type SettingsMismatchError struct {
	Run   runs.Folder
	Wrong []error // a [runs.Difference] each, or another way of decoding or computing
}

// Error lists them.
func (e *SettingsMismatchError) Error() string { return e.Advise("") }

// Advise is Error with advice.
func (e *SettingsMismatchError) Advise(advice string) string {
	return fmt.Sprintf("resume: the run in %s was started with other settings%s:%s", e.Run, advice, runs.FormatErrors(e.Wrong))
}

// Unwrap returns what is other.
func (e *SettingsMismatchError) Unwrap() []error { return e.Wrong }

// FunctionMismatchError says that an imported checkpoint belongs to a network that computes another
// function of its variables.
type FunctionMismatchError struct{ Err error }

// Error says what.
func (e *FunctionMismatchError) Error() string { return e.Err.Error() }

// Unwrap returns what is other.
func (e *FunctionMismatchError) Unwrap() error { return e.Err }

// TooFewStepsError says that a resumed run has done more steps than the total asked for.
type TooFewStepsError struct {
	Run         runs.Folder
	Steps, Done int
}

// Error says so.
func (e *TooFewStepsError) Error() string {
	return fmt.Sprintf("resume: got %d steps in total, want %d or more: the run in %s has done these", e.Steps, e.Done, e.Run)
}

// CheckpointWriteError says that a run has ended because its checkpoint could not be written.
type CheckpointWriteError struct {
	Step int
	Err  error
	Last string // the newest checkpoint that there is; empty: there is none
}

// Error says why, and what is left of the run.
func (e *CheckpointWriteError) Error() string { return e.Advise("its last checkpoint is " + e.Last) }

// Advise is Error with other words for how to go on, where there is a checkpoint.
func (e *CheckpointWriteError) Advise(advice string) string {
	if e.Last == "" {
		advice = "there is no checkpoint yet"
	}
	return fmt.Sprintf("step %d could not be written: %v; %s", e.Step, e.Err, advice)
}

// Unwrap returns why.
func (e *CheckpointWriteError) Unwrap() error { return e.Err }

// DivergedError says that a training has produced NaN or Inf.
type DivergedError struct {
	Step     int
	Got      string // what is NaN or Inf
	Layer    string // the first layer with NaN or Inf; empty: not known
	Diverged string // the step's own checkpoint, which was written without an evaluation; empty: it has none
	Last     string // the newest checkpoint from before the step; empty: there is none
	Later    bool   // there are checkpoints of later steps alone
}

// Error says where, and which checkpoint is left.
func (e *DivergedError) Error() string {
	return e.Advise(fmt.Sprintf("%s has diverged too, and %s is the last before it", e.Diverged, e.Last))
}

// Advise is Error with other words for how to go on, where the step's own checkpoint is in the way
// of one from before.
func (e *DivergedError) Advise(advice string) string {
	first, left := "", "its last checkpoint is kept, "+e.Last
	if e.Layer != "" {
		first = ", first in layer " + e.Layer
	}
	switch {
	case e.Diverged != "" && e.Last != "":
		left = advice
	case e.Diverged != "":
		left = "its only checkpoint has diverged too: " + e.Diverged
	case e.Last == "" && e.Later:
		left = "it has no earlier checkpoint"
	case e.Last == "":
		left = "it has no checkpoint yet"
	}
	return fmt.Sprintf("step %d: got %s, want a finite number: the training has diverged%s; %s; a lower learning rate may help", e.Step, e.Got, first, left)
}
