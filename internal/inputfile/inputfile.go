// Package inputfile opens the files that a user names. What is no file is refused at once: a named
// pipe would wait for its writer, a device has no end. So is a Git LFS pointer, which stands for a
// file that was not fetched.
package inputfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"
	"syscall"
)

// File is an open file. Its size was so when it was opened.
type File struct {
	*os.File
	Size int64
}

// Open opens a file of at most so many bytes. Its errors are of type [*fs.PathError], as those of
// [os.Open] are.
func Open(path string, most int64) (*File, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits
	if err == nil {
		err = check(info, most)
	}
	if err != nil {
		return nil, failure("open", path, err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, failure("open", path, err)
	}
	if info, err = f.Stat(); err == nil {
		err = check(info, most)
	}
	if err == nil && info.Size() <= maxPointer {
		err = checkPointer(f, info.Size())
	}
	if err != nil {
		f.Close() //nolint:errcheck // nothing was written
		return nil, failure("open", path, err)
	}
	return &File{f, info.Size()}, nil
}

// Check returns the error that [Open] has for a file of any size.
func Check(path string) error {
	f, err := Open(path, math.MaxInt64)
	if err != nil {
		return err
	}
	f.Close() //nolint:errcheck // nothing was written
	return nil
}

// Read reads the whole of a file, as [Open] opens it.
func Read(path string, most int64) ([]byte, error) {
	f, err := Open(path, most)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // nothing was written
	data := make([]byte, f.Size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, failure("read", path, err)
	}
	return data, nil
}

// failure is an error of a path, once.
func failure(operation, path string, err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		err = e.Err
	}
	return &fs.PathError{Op: operation, Path: path, Err: err}
}

// check refuses what is no file, or too large a one.
func check(info fs.FileInfo, most int64) error {
	switch {
	case !info.Mode().IsRegular():
		return kindError(info.Mode())
	case info.Size() > most:
		return fmt.Errorf("got a file of %d bytes, want a file of at most %d", info.Size(), most)
	}
	return nil
}

// kindError is the error of what is no file.
type kindError fs.FileMode

func (e kindError) Error() string { return fmt.Sprintf("got %s, want a file", Kind(fs.FileMode(e))) }

// Is says that reading a folder has the system's error for it.
func (e kindError) Is(target error) bool {
	return fs.FileMode(e).IsDir() && target == error(syscall.EISDIR)
}

// Kind says in words what a mode is of.
func Kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something else"
}

// A Git LFS pointer: a text of at most 1,023 bytes whose first line is this one, or was before its
// first release.
//
// Source: git-lfs, docs/spec.md.
const maxPointer = 1 << 10

var pointerBegins = []string{"version https://git-lfs.github.com/spec/", "version https://hawser.github.com/spec/"}

// checkPointer refuses an open file of so many bytes that is a Git LFS pointer. It leaves the file
// at its start.
func checkPointer(f io.ReaderAt, size int64) error {
	text := make([]byte, size)
	n, err := f.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return CheckPointer(text[:n])
}

// CheckPointer refuses the contents of a file that is a Git LFS pointer.
func CheckPointer(content []byte) error {
	for _, begin := range pointerBegins {
		if len(content) <= maxPointer && bytes.HasPrefix(content, []byte(begin)) {
			return fmt.Errorf("got a Git LFS pointer%s, want the file itself: `git lfs pull` fetches it", pointee(string(content)))
		}
	}
	return nil
}

// pointee says how large the file is that a pointer stands for, if it says so itself.
func pointee(pointer string) string {
	for line := range strings.Lines(pointer) {
		size, ok := strings.CutPrefix(strings.TrimSpace(line), "size ")
		if ok && size != "" && strings.Trim(size, "0123456789") == "" {
			return fmt.Sprintf(" to a file of %.20s bytes", size)
		}
	}
	return ""
}
