package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/resnetgen/resnetgen/runtime/classify"
)

// version is a loaded checkpoint.
type version struct {
	*classify.LoadedModel
	name  string // the protocol's: the checkpoint's step
	users int    // batches that it computes
	old   bool   // another has taken its place
}

// models has the version that is served, and changes it.
type models struct {
	options *Options
	told    func(error) // comes after each reload; nil while the server begins

	loading sync.Mutex // held by who loads
	seen    signature  // of what was loaded last, or was tried

	mu      sync.Mutex
	current *version
}

// signature changes with a checkpoint. A file may be swapped for one of the same size and time, as
// cp -p and rsync -t make it: then it is another file, or its status has another time.
type signature struct {
	file    string
	info    os.FileInfo
	changed time.Time // zero: the system does not say
}

// same says that s and o are of one file's contents.
func (s signature) same(o signature) bool {
	if s.info == nil || o.info == nil {
		return s.info == o.info
	}
	return s.file == o.file && os.SameFile(s.info, o.info) && s.info.Size() == o.info.Size() &&
		s.info.ModTime().Equal(o.info.ModTime()) && s.changed.Equal(o.changed)
}

// use returns the version that is served, which is there until done.
func (m *models) use() *version {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.current.users++
	return m.current
}

// done ends use. The last user of an old version closes it.
func (m *models) done(v *version) {
	m.mu.Lock()
	v.users--
	unused := v.old && v.users == 0
	m.mu.Unlock()
	if unused {
		v.Close()
	}
}

// now returns the version that is served, for what is known of it.
func (m *models) now() *version {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.current
}

// replace serves a version instead of the current one, which ends when its batches are done.
func (m *models) replace(v *version) {
	m.mu.Lock()
	last := m.current
	m.current = v
	unused := false
	if last != nil {
		last.old = true
		unused = last.users == 0
	}
	m.mu.Unlock()
	if unused {
		last.Close()
	}
}

// close ends the current version.
func (m *models) close() { m.replace(nil) }

// reload loads what the checkpoint's path means now.
func (m *models) reload() error {
	m.loading.Lock()
	defer m.loading.Unlock()
	return m.load(m.look())
}

// look returns the signature of what reload would load, or an empty one if there is nothing.
func (m *models) look() (s signature, err error) {
	file, err := m.options.Find(m.options.Checkpoint)
	if err != nil {
		return signature{}, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return signature{}, fmt.Errorf("checkpoint: %w", err)
	}
	return signature{file, info, changed(info)}, nil
}

// load loads a checkpoint beside the current one, checks it, and serves it.
func (m *models) load(seen signature, err error) error {
	var v *version
	if err == nil {
		if v, err = m.open(seen.file); !errors.As(err, new(syscall.Errno)) {
			m.seen = seen // what the system may yet read is tried again
		}
	}
	if err == nil {
		m.replace(v)
	}
	if m.told != nil {
		m.told(err)
		if err != nil {
			m.options.Log.Error("a checkpoint cannot be served; still serving the one before", "error", err)
		}
	}
	if err == nil {
		m.options.Log.Info("serving", "model", m.options.Name, "version", v.name, "checkpoint", v.File)
	}
	return err
}

// open loads a checkpoint. It refuses one whose logits for an image of zeros are NaN or Inf.
func (m *models) open(file string) (*version, error) {
	loaded, err := m.options.Load(file)
	if err != nil {
		return nil, err
	}
	logits := make([]float32, m.options.Classes)
	err = loaded.Logits(logits, make([]float32, m.options.elements()))
	if err == nil {
		err = classify.Check(logits, loaded.Classes)
	}
	if err != nil {
		loaded.Close()
		return nil, fmt.Errorf("checkpoint %s: %w", file, err)
	}
	return &version{LoadedModel: loaded, name: strconv.Itoa(loaded.Step)}, nil
}

// watch loads new checkpoints as they come, until ctx is done. One that is wrong is said so once.
func (m *models) watch(ctx context.Context) {
	if m.options.Poll <= 0 {
		return
	}
	tick := time.NewTicker(m.options.Poll)
	defer tick.Stop()
	said := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := m.refresh()
		if err != nil && err.Error() != said && !errors.Is(err, os.ErrNotExist) {
			m.options.Log.Error("cannot look for a new checkpoint", "error", err)
		}
		said = ""
		if err != nil {
			said = err.Error()
		}
	}
}

// refresh loads the checkpoint if it is another than was loaded or tried last. An error is one of
// looking.
func (m *models) refresh() error {
	m.loading.Lock()
	defer m.loading.Unlock()
	seen, err := m.look()
	if err != nil || seen.same(m.seen) {
		return err
	}
	if err := m.load(seen, nil); errors.Is(err, os.ErrNotExist) {
		m.seen = signature{} // it was removed between the look and the load: there may be another
	}
	return nil
}
