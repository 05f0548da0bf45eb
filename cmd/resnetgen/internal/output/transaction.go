package output

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/resnetgen/resnetgen/internal/atomicfile"
)

// transaction is a set of files that are written beside their places before the first one takes its
// own.
type transaction struct {
	staged  []*atomicfile.Pending
	folders []string // made for it, outermost first
	done    bool
}

// stage writes content to disk beside path.
func (t *transaction) stage(path string, content []byte) error {
	dir := filepath.Dir(path)
	if err := t.makeFolder(dir); err != nil {
		return err
	}
	p, err := atomicfile.New(path, dir, 0o666)
	if err != nil {
		return err
	}
	t.staged = append(t.staged, p)
	if _, err := p.Write(content); err != nil {
		return err
	}
	return p.Sync() // a full disk may show here first
}

// makeFolder makes dir and what is missing above it.
func (t *transaction) makeFolder(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := t.makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	t.folders = append(t.folders, dir)
	return nil
}

// commit puts every staged file in its place.
func (t *transaction) commit() error {
	t.done = true
	var errs []error
	for _, p := range t.staged {
		errs = append(errs, p.CloseAtomicallyReplace())
	}
	return errors.Join(errs...)
}

// rollback removes what is not in its place, and after a failure before commit the folders too.
func (t *transaction) rollback() {
	for _, p := range t.staged {
		_ = p.Cleanup() // does nothing to a file that is in its place
	}
	if t.done {
		return
	}
	for _, dir := range slices.Backward(t.folders) {
		_ = os.Remove(dir) // fails where somebody else has put a file meanwhile
	}
}
