package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// pending does what renameio does elsewhere: renameio leaves Windows out, since that promises no
// atomic rename. MoveFileEx on one volume is the nearest that it has: other programs see the old
// file or the new one, and an error leaves the old one; only a crash of the machine in between may
// leave neither in place, but then the new one beside it.
type pending struct {
	*os.File
	path string
	done bool
}

func newPending(path, dir string, _ fs.FileMode) (*pending, error) {
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"*")
	if err != nil {
		return nil, err
	}
	return &pending{File: f, path: path}, nil
}

// CloseAtomicallyReplace puts the file in its place, and returns when that is on disk.
func (p *pending) CloseAtomicallyReplace() error {
	if err := errors.Join(p.Sync(), p.Close()); err != nil {
		return err
	}
	if err := move(p.Name(), p.path); err != nil {
		return &os.LinkError{Op: "rename", Old: p.Name(), New: p.path, Err: err}
	}
	p.done = true
	return nil
}

func move(from, to string) error {
	a, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	b, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(a, b, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
}

// Cleanup removes the file unless it is in its place.
func (p *pending) Cleanup() error {
	if p.done {
		return nil
	}
	if err := p.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return errors.Join(err, os.Remove(p.Name()))
	}
	return os.Remove(p.Name())
}
