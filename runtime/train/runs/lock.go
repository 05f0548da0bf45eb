package runs

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// Lock is this process's hold on a run's folder. The system ends it with the process, however that
// ends.
//
// It is a lock on the folder itself, so that nobody gets in by deleting a file, and one on the file
// "lock" in it, for systems that lock no folders: NFS and Windows.
type Lock struct {
	path   string // the folder's
	folder *flock.Flock
	file   *flock.Flock
	info   os.FileInfo // of the folder
}

// Lock makes the folder this process's until release, or refuses if another trains in it, or
// evaluates.
func (f Folder) Lock() (*Lock, error) {
	if err := durable.MakeFolder(string(f)); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	// Whoever made the folder may have been killed before this.
	if err := durable.SyncFolder(filepath.Dir(string(f))); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	const attempts = 10 // against one who deletes the folder in between
	for range attempts {
		l := &Lock{path: string(f)}
		if err := l.take(); err != nil {
			l.Release()
			return nil, err
		}
		if l.Holds() {
			return l, nil
		}
		l.Release()
	}
	return nil, fmt.Errorf("lock run %s: got a folder that keeps being deleted", f)
}

func (l *Lock) take() (err error) {
	if l.info, err = os.Stat(l.path); err != nil {
		return fmt.Errorf("lock run %s: %w", l.path, err)
	}
	folder := flock.New(l.path, flock.SetFlag(os.O_RDONLY))
	mine, folderErr := folder.TryLock()
	if folderErr == nil && !mine {
		return l.refuse()
	}
	if mine {
		l.folder = folder
	}
	return l.takeFile()
}

// takeFile locks the file. One that cannot be opened is in nobody's way where the folder itself is
// locked.
func (l *Lock) takeFile() error {
	file := flock.New(filepath.Join(l.path, "lock"))
	mine, err := file.TryLock()
	switch {
	case err != nil && l.folder == nil:
		return fmt.Errorf("lock run %s: %w", l.path, err)
	case err == nil && !mine:
		return l.refuse()
	case mine:
		l.file = file
	}
	return nil
}

func (l *Lock) refuse() error {
	return fmt.Errorf("run %s: got a folder in use by another trainer or evaluator, want it stopped, or another folder", l.path)
}

// Holds says whether the folder is still the one that was locked, and takes the file again if that
// was deleted.
func (l *Lock) Holds() bool {
	if l == nil || !sameFile(l.path, l.info, nil) {
		return false
	}
	if l.folder != nil {
		if info, err := l.folder.Stat(); !sameFile(l.path, info, err) {
			return false
		}
	}
	if l.file == nil {
		return l.folder != nil
	}
	if info, err := l.file.Stat(); sameFile(l.file.Path(), info, err) {
		return true
	}
	l.file.Close() //nolint:errcheck // what it locked is gone
	l.file = nil
	return l.takeFile() == nil
}

// sameFile says whether a path still leads to a file.
func sameFile(path string, info os.FileInfo, err error) bool {
	now, statErr := os.Stat(path)
	return err == nil && statErr == nil && os.SameFile(now, info)
}

// Release ends the hold. A nil lock holds nothing.
func (l *Lock) Release() {
	if l == nil {
		return
	}
	for _, held := range []*flock.Flock{l.file, l.folder} {
		if held != nil {
			held.Close() //nolint:errcheck // the process's end would unlock it too
		}
	}
	l.file, l.folder = nil, nil
}
