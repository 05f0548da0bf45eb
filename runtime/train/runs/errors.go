package runs

import (
	"errors"
	"fmt"
	"strings"
)

// RunExistsError says that a new run's folder holds one already.
type RunExistsError struct{ Run Folder }

// Error says so.
func (e *RunExistsError) Error() string {
	return fmt.Sprintf("run %s: got a folder that holds a run, want a new one", e.Run)
}

// NoCheckpointError says that a run has no checkpoint to go on from.
type NoCheckpointError struct {
	Run      Folder
	Settings error   // what is wrong with the run's settings; nil: nothing
	Damaged  []error // what is wrong with each of its checkpoints, the newest first; none: it has no checkpoint
}

// Error says so, and what is left to do.
func (e *NoCheckpointError) Error() string { return e.Advise("start it again in another folder") }

// Advise is Error with other advice.
func (e *NoCheckpointError) Advise(advice string) string {
	switch {
	case e.Settings != nil:
		return fmt.Sprintf("%v; there is no checkpoint either: %s", e.Settings, advice)
	case len(e.Damaged) > 0:
		return fmt.Sprintf("resume: got no checkpoint in %s that is whole; %s:\n  %v", e.Run, advice, errors.Join(e.Damaged...))
	}
	return fmt.Sprintf("resume: got no checkpoint in %s, want checkpoints/step-N.safetensors; %s", e.Run, advice)
}

// Unwrap returns what is wrong with settings and checkpoints.
func (e *NoCheckpointError) Unwrap() []error {
	if e.Settings != nil {
		return []error{e.Settings}
	}
	return e.Damaged
}

// Difference is the error that a setting is another than it was.
type Difference struct{ Name, Got, Want string }

// Error says what it is and what it was.
func (d Difference) Error() string { return fmt.Sprintf("%s: got %s, want %s", d.Name, d.Got, d.Want) }

// FormatErrors returns the messages of errors, each on an indented line of its own.
func FormatErrors(errs []error) string {
	var lines strings.Builder
	for _, err := range errs {
		fmt.Fprintf(&lines, "\n  %v", err)
	}
	return lines.String()
}
