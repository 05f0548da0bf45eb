package train

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// lock is this process's hold on a run's folder. The system ends it with the process, however that ends.
//
// It is a lock on the folder itself, so that nobody gets in by deleting a file, and one on the file "lock" in it, for systems that lock
// no folders: NFS and Windows.
type lock struct {
	path   string // the folder's
	folder *flock.Flock
	file   *flock.Flock
	info   os.FileInfo // of the folder
}

// lock makes the folder this process's until release, or refuses if another trains in it, or evaluates.
func (f Folder) lock() (*lock, error) {
	if err := durable.MakeFolder(string(f)); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	// Whoever made the folder may have been killed before this.
	if err := durable.SyncFolder(filepath.Dir(string(f))); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	const attempts = 10 // against one who deletes the folder in between
	for range attempts {
		l := &lock{path: string(f)}
		if err := l.take(); err != nil {
			l.release()
			return nil, err
		}
		if l.holds() {
			return l, nil
		}
		l.release()
	}
	return nil, fmt.Errorf("lock run %s: got a folder that is deleted all the time", f)
}

func (l *lock) take() (err error) {
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

// takeFile locks the file. One that cannot be opened is in nobody's way where the folder itself is locked.
func (l *lock) takeFile() error {
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

func (l *lock) refuse() error {
	return fmt.Errorf("run %s: got a folder that another trainer or evaluator is at work in, want it ended, or another folder", l.path)
}

// holds says whether the folder is still the one that was locked, and takes the file again if that was deleted.
func (l *lock) holds() bool {
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

// release ends the hold. A nil lock holds nothing.
func (l *lock) release() {
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
