package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// ReadCheckpoint reads a step's checkpoint, as this trainer has written it.
func ReadCheckpoint(path string, step int) (*checkpoint.File, error) {
	f, err := checkpoint.Read(path)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	got, err := state.Step(f)
	switch {
	case err != nil:
	case f.Sum == "":
		err = fmt.Errorf("got a header without a checksum, want one: the file is damaged, or from another program")
	case got != step:
		err = fmt.Errorf("%s: got %d, want %d as the file's name says", state.StepName, got, step)
	}
	if err != nil {
		return nil, fmt.Errorf("resume from %s: %w", path, err)
	}
	return f, nil
}

// isDamaged says of the error of a file that was read whether it is the file's: the system may
// fail, too, as where a process has too many files open.
func isDamaged(path string, err error) bool {
	if err == nil {
		return false
	}
	if info, statErr := os.Lstat(path); statErr == nil && !info.Mode().IsRegular() {
		return true
	}
	var system *fs.PathError
	return !errors.As(err, &system)
}

// Quarantine moves a damaged file of the run to a folder beside it, where nothing counts it, over
// none that was moved there before.
func (f Folder) Quarantine(name string) (to string, err error) {
	from := f.Path(name)
	folder := filepath.Join(filepath.Dir(from), "damaged")
	if err := durable.MakeFolder(folder); err != nil {
		return "", fmt.Errorf("move %s aside: %w", from, err)
	}
	to = filepath.Join(folder, filepath.Base(from))
	extension := filepath.Ext(to)
	for n := 2; present(to); n++ {
		to = filepath.Join(folder, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(filepath.Base(from), extension), n, extension))
	}
	if err := os.Rename(from, to); err != nil {
		return "", fmt.Errorf("move a damaged file aside: %w", err)
	}
	return to, errors.Join(durable.SyncFolder(folder), durable.SyncFolder(filepath.Dir(from)))
}

// present says whether anything has a path, a link that leads nowhere too.
func present(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// verdicts remember what was found of checkpoints, as long as the system says the same of their
// files. The zero value remembers nothing yet.
type verdicts struct {
	mutex  sync.Mutex
	byPath map[string]verdict
}

type verdict struct {
	info  os.FileInfo
	wrong error
}

// settled is how old a file is before its time tells of the next change, whatever the file system.
const settled = 2 * time.Second

// look returns what check finds of a file, or what it found before.
func (v *verdicts) look(path string, check func() error) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read checkpoint: %w", err)
	}
	v.mutex.Lock()
	last, known := v.byPath[path]
	v.mutex.Unlock()
	if known && os.SameFile(info, last.info) && info.Size() == last.info.Size() && info.ModTime().Equal(last.info.ModTime()) {
		return last.wrong
	}
	wrong := check()
	if (wrong == nil || isDamaged(path, wrong)) && time.Since(info.ModTime()) > settled {
		v.set(path, info, wrong)
	}
	return wrong
}

func (v *verdicts) set(path string, info os.FileInfo, wrong error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if v.byPath == nil {
		v.byPath = map[string]verdict{}
	}
	v.byPath[path] = verdict{info, wrong}
}

// wrote remembers a file that this process has just written.
func (v *verdicts) wrote(path string) {
	if info, err := os.Stat(path); err == nil {
		v.set(path, info, nil)
	}
}
