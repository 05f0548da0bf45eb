// Package output handles outputs that may fail, such as logs and pictures. A failure gives one
// warning, and the work continues.
package output

import (
	"errors"
	"fmt"
	"sync"
)

// Outputs are a program's outputs, by name. Its methods may be called by any goroutine, also while
// they say something.
type Outputs struct {
	say    func(format string, args ...any)
	mutex  sync.Mutex
	causes map[string]string // of the outputs that fail now, what was said
}

// New returns outputs whose failures are told to say.
func New(say func(format string, args ...any)) *Outputs {
	return &Outputs{say: say, causes: map[string]string{}}
}

// Try writes an output. If that fails or panics, it says so, once for each cause; when the output
// works again, it says that. It reports whether the output was written.
func (o *Outputs) Try(name string, write func() error) (written bool) {
	err := caught(write)
	cause := ""
	if err != nil {
		cause = causeOf(err)
	}
	o.mutex.Lock()
	said := o.causes[name]
	if err == nil {
		delete(o.causes, name)
	} else {
		o.causes[name] = cause // before it is said: what says it may fail, too
	}
	o.mutex.Unlock()
	switch {
	case err == nil && said != "":
		o.say("%s: writing it works again", name)
	case cause != said:
		o.say("%s: %v; the run continues without it", name, err)
	}
	return err == nil
}

// caught turns a panic into an error.
func caught(write func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return write()
}

// causeOf returns the text of the error at the bottom of an error: what is above it may name
// temporary files, which differ each time.
func causeOf(err error) string {
	for {
		if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
			err = joined.Unwrap()[0]
		} else if inner := errors.Unwrap(err); inner != nil {
			err = inner
		} else {
			return fmt.Sprintf("%T %v", err, err) // never empty
		}
	}
}
