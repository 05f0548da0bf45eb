package watch

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// NoRunError says that there is no run in the folder that is to be watched.
type NoRunError struct{ Run runs.Folder }

// Error says so.
func (e *NoRunError) Error() string {
	return fmt.Sprintf("got no run in %s, want the folder of one", e.Run)
}

// NotEvaluatedError says that some checkpoints cannot be evaluated. The log was told why.
type NotEvaluatedError struct {
	Run         runs.Folder
	Checkpoints int
}

// Error says how many.
func (e *NotEvaluatedError) Error() string {
	return fmt.Sprintf("got %d checkpoints in %s that cannot be evaluated", e.Checkpoints, e.Run)
}

// UnreadableError says that it cannot be told how the findings in a folder were made.
type UnreadableError struct {
	Folder runs.Folder
	Path   string
	Err    error
}

// Error says why, and what is left to do.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("read %s: %v (remove %s to start again)", e.Path, e.Err, e.Folder)
}

// Unwrap returns why.
func (e *UnreadableError) Unwrap() error { return e.Err }

// SettingsMismatchError says that the results in a folder come from other settings.
type SettingsMismatchError struct {
	Folder runs.Folder
	Wrong  []error // a [runs.Difference] each
}

// Error lists how.
func (e *SettingsMismatchError) Error() string { return e.Advise("") }

// Advise is Error with advice before the other one.
func (e *SettingsMismatchError) Advise(advice string) string {
	return fmt.Sprintf("the results in %s were evaluated differently (%sremove the folder to start again):%s", e.Folder, advice, runs.FormatErrors(e.Wrong))
}

// Unwrap returns how.
func (e *SettingsMismatchError) Unwrap() []error { return e.Wrong }
