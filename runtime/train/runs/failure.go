package runs

import (
	"errors"
	"syscall"
)

// AsFailure tells what a machine lacks from what a user got wrong.
func AsFailure(err error) error {
	for _, fault := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO} {
		if errors.Is(err, fault) {
			return &Failure{err}
		}
	}
	return err
}

// Failure is what ended a run that had begun: its options were right.
type Failure struct{ Err error }

// Error returns what Err says.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns what failed.
func (f *Failure) Unwrap() error { return f.Err }
