package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// stream is a standard stream whose failures stop nobody: they are kept for [journal.check].
type stream struct {
	name  string
	to    io.Writer
	mutex sync.Mutex
	err   error // of the last write
}

// Write implements io.Writer, without an error.
func (s *stream) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, s.err = s.to.Write(p)
	return len(p), nil
}

// Unwrap returns where the stream goes to.
func (s *stream) Unwrap() io.Writer { return s.to }

// failure returns what was wrong with the last write.
func (s *stream) failure() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.err
}

// logFile is a file that is opened later, or when that is possible again: until then it keeps what
// is written.
type logFile struct {
	mutex  sync.Mutex
	path   string // empty: it is not known yet
	before bytes.Buffer
	file   *os.File
	err    error // of the last write
}

// maxKept is how much a log keeps that cannot be written.
const maxKept = 1 << 20

// Write implements io.Writer, without an error.
func (f *logFile) Write(p []byte) (int, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.before.Len() < maxKept {
		f.before.Write(p)
	}
	f.err = f.flush()
	return len(p), nil
}

// failure returns what was wrong with the last write.
func (f *logFile) failure() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return f.err
}

// open appends to the file of a path from now on.
func (f *logFile) open(path string) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.path = path
	f.err = f.flush()
	return f.err
}

// flush writes what was kept.
func (f *logFile) flush() error {
	if f.path == "" {
		return nil
	}
	if err := f.reach(); err != nil {
		return err
	}
	n, err := f.file.Write(f.before.Bytes())
	f.before.Next(n)
	if err != nil {
		return fmt.Errorf("write the run's log: %w", err)
	}
	return nil
}

// reach opens the file, also again where it was removed.
func (f *logFile) reach() error {
	info, err := os.Stat(f.path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("open the run's log: %s: got no file, want one", f.path) // to open a named pipe waits
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("open the run's log: %w", err)
	}
	if f.file != nil {
		if own, statErr := f.file.Stat(); err == nil && statErr == nil && os.SameFile(own, info) {
			return nil
		}
		_ = f.file.Close() // what it was is gone
		f.file = nil
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the run's log: %w", err)
	}
	f.file = file
	return nil
}

func (f *logFile) close() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file, f.path = nil, ""
	return err
}
