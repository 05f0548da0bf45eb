package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
)

// Held is a run's folder that this process holds, once [Held.Begin] has locked it, and what the process writes there.
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

// setAside moves a step's checkpoint aside if it is damaged, and tells the user what was wrong with it.
func (h *Held) setAside(step int, wrong error) {
	if !isDamaged(h.Checkpoint(step), wrong) {
		h.Log("passed over: %v", wrong)
		return
	}
	to, err := h.MoveAside(checkpointName(step))
	if err != nil {
		h.Log("passed over: %v; %v", wrong, err)
		return
	}
	h.Log("passed over: %v; moved to %s", wrong, to)
}

// Hold makes sure that the run's folder is there, is this run's and is locked. It is deleted at times, and another run begun in
// its place.
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
				return fmt.Errorf("run %s: got the folder of another run, which was begun meanwhile", h.Folder)
			}
		}
	}
	if err := h.Create(h.Settings); err != nil {
		return err
	}
	h.Log("step %d: %s was gone, and is made anew", step, gone)
	return nil
}

// Prune removes old checkpoints but the last few and the best that is left. Those that are damaged do not count, and are moved aside;
// the newest, which was written just now, always stays.
func (h *Held) Prune(newest int) {
	steps, err := h.Steps()
	if err != nil {
		h.Log("%v", err)
		return
	}
	keep := h.Keep
	if keep == 0 {
		keep = DefaultKeep
	}
	kept, old := []int{newest}, []int(nil)
	for _, step := range slices.Backward(steps) {
		switch {
		case step >= newest: // a later one is not this run's
		case len(kept) >= keep:
			old = append(old, step)
		case h.isGood(step):
			kept = append(kept, step)
		}
	}
	for _, step := range h.withoutBest(kept, old) {
		if err := os.Remove(h.Checkpoint(step)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.Log("remove an old checkpoint: %v", err) // it is in nobody's way
		}
	}
}

// withoutBest returns old steps without the best, if that is better than those that are kept.
func (h *Held) withoutBest(kept, old []int) []int {
	for _, step := range h.History.ByPrecision(append(kept, old...)) {
		if slices.Contains(kept, step) {
			return old
		}
		i := slices.Index(old, step)
		old = slices.Delete(old, i, i+1)
		if h.isGood(step) {
			return old
		}
	}
	return old
}

// isGood says whether a checkpoint is whole, and moves it aside if it is damaged. What the system cannot read stays where it is.
func (h *Held) isGood(step int) bool {
	path := h.Checkpoint(step)
	wrong := h.looked.look(path, func() error {
		_, err := ReadCheckpoint(path, step)
		return err
	})
	if wrong != nil && !errors.Is(wrong, fs.ErrNotExist) {
		h.setAside(step, wrong)
	}
	return wrong == nil
}

// DefaultKeep is how many of the last checkpoints stay, besides the best, unless [Held] says so.
const DefaultKeep = 3

// NewestGood reads the newest checkpoint that is whole, and moves those aside that are not.
func (h *Held) NewestGood(steps []int) (*checkpoint.File, int, error) {
	wrong := map[int]error{}
	for _, step := range slices.Backward(steps) {
		f, err := ReadCheckpoint(h.Checkpoint(step), step)
		if err != nil {
			wrong[step] = err
			continue
		}
		for _, step := range slices.Backward(slices.Sorted(maps.Keys(wrong))) {
			h.setAside(step, wrong[step])
		}
		return f, step, nil
	}
	var all []error
	for _, step := range slices.Backward(steps) {
		all = append(all, wrong[step])
	}
	return nil, 0, &NoCheckpointError{Run: h.Folder, Damaged: all}
}

// Remember reads what was recorded up to the checkpoint that the run goes on from, and says what is lost of it.
func (h *Held) Remember(f *checkpoint.File, step int) {
	history, damage := h.Folder.History()
	history.UpTo(step)
	if e := evaluationOf(f.Metadata, step); e != nil {
		history.Put(e)
	}
	steps, _ := h.Steps() // it was read before
	history.fill(h.Folder, slices.DeleteFunc(steps, func(s int) bool { return s > step }))
	for _, name := range slices.Sorted(maps.Keys(damage)) {
		kept, err := h.MoveAside(name)
		if err != nil {
			kept = err.Error()
		}
		h.Log("of what was recorded something is lost: %v (%s)", damage[name], kept)
	}
	h.History = history
}

// Summarize adds rows to what is recorded, and to the files, where a kill leaves them.
func (h *Held) Summarize(s Summary, v Speed) {
	h.History.Summaries = append(h.History.Summaries, s)
	h.History.Speeds = append(h.History.Speeds, v)
	if h.lock.Holds() {
		h.Append(TrainCSV, s.row())
		h.Append(SpeedCSV, v.row())
	}
}

// Record writes what has been recorded.
func (h *Held) Record() {
	files := h.History.Files()
	for _, name := range []string{TrainCSV, EvalCSV, SpeedCSV} {
		h.Outputs.Try(name, func() error { return h.Write(name, files[name]) })
	}
	h.Outputs.Try(TestCSV, func() error { return h.recordFinal(files[TestCSV]) })
}

// Picture draws a file.
func (h *Held) Picture(name string, draw func() ([]byte, error)) {
	h.Outputs.Try(name, func() error {
		picture, err := draw()
		if err != nil {
			return err
		}
		return h.Write(name, picture)
	})
}

// recordFinal writes test.csv, or removes that of a run that has gone on since.
func (h *Held) recordFinal(content []byte) error {
	if content != nil {
		return h.Write(TestCSV, content)
	}
	if err := os.Remove(h.Path(TestCSV)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove the test of an earlier end: %w", err)
	}
	return nil
}

// Begin locks the folder, and removes what killed trainers have left in it. A folder that is not there is made unless it is to be gone
// on with.
func (h *Held) Begin(resume bool) (err error) {
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

// Wrote remembers that this process has just written a step's checkpoint.
func (h *Held) Wrote(step int) { h.looked.wrote(h.Checkpoint(step)) }

// RestoreSettings makes the file of the run's settings anew. One that is damaged is moved aside.
func (h *Held) RestoreSettings() error {
	if present(h.Path(SettingsFile)) {
		if _, err := h.MoveAside(SettingsFile); err != nil {
			h.Log("%v", err)
		}
	}
	return h.Create(h.Settings)
}
