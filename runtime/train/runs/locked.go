package runs

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/internal/output"
)

// LockedFolder is a run's folder that this process holds, once [LockedFolder.Acquire] has locked
// it, and what the process writes there.
type LockedFolder struct {
	Folder
	Settings Settings
	History  *History
	Keep     int // how many of the last checkpoints stay, besides the best; 0: three
	Outputs  *output.Outputs
	Log      func(format string, args ...any)

	lock   *Lock
	looked verdicts // on checkpoints
}

// Acquire locks the folder, and removes temporary files of killed trainers. It creates a missing
// folder unless the run is resumed.
func (h *LockedFolder) Acquire(resume bool) (err error) {
	if !resume || exists(string(h.Folder)) {
		if h.lock, err = h.Folder.Lock(); err != nil {
			return err
		}
	}
	return h.RemoveTemporary()
}

// Holds reports whether the folder is still the one that was locked.
func (h *LockedFolder) Holds() bool { return h.lock.Holds() }

// Release ends the hold.
func (h *LockedFolder) Release() { h.lock.Release() }

// Ensure makes sure that the run's folder exists, is locked and belongs to this run. A user may
// have deleted it, or started another run in its place.
func (h *LockedFolder) Ensure(step int) error {
	gone := "the run's folder " + string(h.Folder)
	if h.lock.Holds() {
		if exists(h.Path(SettingsFile)) {
			return nil
		}
		gone = h.Path(SettingsFile)
	} else {
		h.lock.Release()
		var err error
		if h.lock, err = h.Lock(); err != nil {
			return err
		}
		if was, err := h.Folder.Settings(); err == nil {
			if wrong := Differences(h.Settings, was); len(wrong) > 0 {
				return fmt.Errorf("run %s: got the folder of another run, which was started meanwhile", h.Folder)
			}
		}
	}
	if err := h.Create(h.Settings); err != nil {
		return err
	}
	h.Log("step %d: %s was missing, and is written again", step, gone)
	return nil
}

// MarkWritten records that this process has just written a step's checkpoint.
func (h *LockedFolder) MarkWritten(step int) { h.looked.wrote(h.Checkpoint(step)) }
