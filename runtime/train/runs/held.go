package runs

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/internal/output"
)

// Held is a run's folder that this process holds, once [Held.Acquire] has locked it, and what the
// process writes there.
type Held struct {
	Folder
	Settings Settings
	History  *History
	Keep     int // how many of the last checkpoints stay, besides the best; 0: three
	Outputs  *output.Outputs
	Log      func(format string, args ...any)

	lock   *Lock
	looked verdicts // on checkpoints
}

// Acquire locks the folder, and removes what killed trainers have left in it. A folder that is not
// there is made unless it is to be gone on with.
func (h *Held) Acquire(resume bool) (err error) {
	if !resume || exists(string(h.Folder)) {
		if h.lock, err = h.Folder.Lock(); err != nil {
			return err
		}
	}
	return h.Sweep()
}

// Holds says whether the folder is still the one that was locked.
func (h *Held) Holds() bool { return h.lock.Holds() }

// Release ends the hold.
func (h *Held) Release() { h.lock.Release() }

// Hold makes sure that the run's folder is there, is this run's and is locked. It is deleted at
// times, and another run begun in its place.
func (h *Held) Hold(step int) error {
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

// Wrote remembers that this process has just written a step's checkpoint.
func (h *Held) Wrote(step int) { h.looked.wrote(h.Checkpoint(step)) }
