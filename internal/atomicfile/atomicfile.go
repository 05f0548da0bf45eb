// Package atomicfile replaces files atomically: it writes a temporary file and renames it.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Pending is a file that is written beside its place: [New] makes one. Its Write, Sync and Name are
// an [os.File]'s; CloseAtomicallyReplace puts it in its place, on disk; Cleanup removes it where it
// has not got there, and does nothing else.
type Pending = pending

// New makes a file in dir, which has to be on the file system of path, that will be path. Its
// permissions are perm but for the umask, where the system has such. Its name until then is a dot,
// path's own, and digits.
func New(path, dir string, perm fs.FileMode) (*Pending, error) { return newPending(path, dir, perm) }

// WriteFile writes content to path through a [Pending] in path's folder. After an error what was
// there is there still.
func WriteFile(path string, content []byte, perm fs.FileMode) error {
	p, err := New(path, filepath.Dir(path), perm)
	if err != nil {
		return err
	}
	if _, err = p.Write(content); err == nil {
		err = p.CloseAtomicallyReplace()
	}
	if err != nil {
		return errors.Join(err, Discard(p))
	}
	return nil
}

// Discard is Cleanup after a failure: if the folder of the temporary file is gone, that is too, and
// no error.
func Discard(p *Pending) error {
	if err := p.Cleanup(); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
