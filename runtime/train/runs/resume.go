package runs

import (
	"maps"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// NewestIntact reads the newest checkpoint that is whole, and moves those aside that are not.
func (h *LockedFolder) NewestIntact(steps []int) (*checkpoint.File, int, error) {
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

// LoadHistory reads what was recorded up to the checkpoint that the run goes on from, and says what
// is lost of it.
func (h *LockedFolder) LoadHistory(f *checkpoint.File, step int) {
	history, damage := h.Folder.History()
	history.Truncate(step)
	if e := evaluationOf(f.Metadata, step); e != nil {
		history.Put(e)
	}
	steps, _ := h.Steps() // it was read before
	history.fill(h.Folder, slices.DeleteFunc(steps, func(s int) bool { return s > step }))
	for _, name := range slices.Sorted(maps.Keys(damage)) {
		kept, err := h.Quarantine(name)
		if err != nil {
			kept = err.Error()
		}
		h.Log("part of the run's records is lost: %v (%s)", damage[name], kept)
	}
	h.History = history
}

// RestoreSettings makes the file of the run's settings anew. One that is damaged is moved aside.
func (h *LockedFolder) RestoreSettings() error {
	if present(h.Path(SettingsFile)) {
		if _, err := h.Quarantine(SettingsFile); err != nil {
			h.Log("%v", err)
		}
	}
	return h.Create(h.Settings)
}
