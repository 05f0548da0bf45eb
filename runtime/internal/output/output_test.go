package output

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"testing"
)

// TestTry holds that each cause is said once, and that the output works again.
func TestTry(t *testing.T) {
	var said []string
	o := New(func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) })
	full := func(path string) error {
		return errors.Join(fmt.Errorf("write: %w", &fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}), nil)
	}
	for _, write := range []func() error{
		func() error { return nil },
		func() error { return full("a1") },
		func() error { return full("a2") }, // the same cause
		func() error { panic("oh") },
		func() error { panic("oh") },
		func() error { return errors.New("") },
		func() error { return nil },
		func() error { return nil },
		func() error { return full("a3") }, // again
	} {
		o.Try("a", write)
	}
	o.Try("b", func() error { return full("b") })
	want := []string{
		"a: write: write a1: no space left on device; the run continues without it",
		"a: panic: oh; the run continues without it",
		"a: ; the run continues without it",
		"a: writing it works again",
		"a: write: write a3: no space left on device; the run continues without it",
		"b: write: write b: no space left on device; the run continues without it",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got\n%q, want\n%q", said, want)
	}
}

// TestTryWhereSayingFails holds that an output by which failures are said may fail itself.
func TestTryWhereSayingFails(t *testing.T) {
	broken, said := errors.New("broken"), 0
	var o *Outputs
	say := func(string, ...any) {
		said++
		o.Try("log", func() error { return broken })
	}
	o = New(say)
	if o.Try("log", func() error { return broken }) || said != 1 {
		t.Errorf("got it said %d times, want once, and a failure", said)
	}
}
