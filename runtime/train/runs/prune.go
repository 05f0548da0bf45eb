package runs

import (
	"errors"
	"io/fs"
	"os"
	"slices"
)

// DefaultKeep is how many of the last checkpoints stay, besides the best, unless [LockedFolder]
// says so.
const DefaultKeep = 3

// Prune removes old checkpoints but the last few and the best that is left. Those that are damaged
// do not count, and are moved aside; the newest, which was written just now, always stays.
func (h *LockedFolder) Prune(newest int) {
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
func (h *LockedFolder) withoutBest(kept, old []int) []int {
	for _, step := range h.History.SortByAccuracy(append(kept, old...)) {
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

// isGood says whether a checkpoint is whole, and moves it aside if it is damaged. What the system
// cannot read stays where it is.
func (h *LockedFolder) isGood(step int) bool {
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

// setAside moves a step's checkpoint aside if it is damaged, and tells the user what was wrong with
// it.
func (h *LockedFolder) setAside(step int, wrong error) {
	if !isDamaged(h.Checkpoint(step), wrong) {
		h.Log("skipped: %v", wrong)
		return
	}
	to, err := h.Quarantine(checkpointName(step))
	if err != nil {
		h.Log("skipped: %v; %v", wrong, err)
		return
	}
	h.Log("skipped: %v; moved to %s", wrong, to)
}
