package train

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// resume sets the network to the run's newest good checkpoint, or to its start if it was ended before its first.
func (r *runner) resume() error {
	was, noSettings := r.Out.identity()
	if info, err := os.Stat(r.Out.path(runJSON)); noSettings != nil && err == nil && !info.Mode().IsRegular() {
		return noSettings // nothing has damaged a file
	}
	steps, err := r.Out.Steps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		if noSettings != nil {
			return fmt.Errorf("%w; there is no checkpoint either: start it again without --resume, in another folder", noSettings)
		}
		return r.startAgain(was)
	}
	f, step, err := r.newestGood(steps)
	if err != nil {
		return err
	}
	own, err := settings(f)
	switch from := f.Metadata[state.ImportedKey]; {
	case err != nil && noSettings != nil && from != "":
		return r.resumeImported(f, step, from)
	case err != nil && noSettings != nil:
		return noSettings
	case err != nil:
		return fmt.Errorf("resume from %s: %w", r.Out.Checkpoint(step), err)
	}
	r.takeInit(own)
	r.step = step
	r.remember(f)
	if err := r.goOnFrom(f, own); err != nil {
		return err
	}
	switch {
	case noSettings != nil:
		r.log("%v; it is made anew of the settings of %s", noSettings, r.Out.Checkpoint(step))
		if present(r.Out.path(runJSON)) {
			if _, err := r.Out.moveAside(runJSON); err != nil {
				r.log("%v", err)
			}
		}
	case len(differences(r.id, was)) == 0:
		return nil
	}
	return r.Out.create(r.id)
}

// takeInit takes what a run was started from: it need not be said again.
func (r *runner) takeInit(was identity) {
	if r.Init == "" {
		r.Init, r.id.Init = was.Init, was.Init
	}
}

// remember reads what was recorded up to the checkpoint that the run goes on from, and says what is lost of it.
func (r *runner) remember(f *checkpoint.File) {
	h, damage := r.Out.history()
	h.upTo(r.step)
	if e := evaluationOf(f.Metadata, r.step); e != nil {
		h.put(e)
	}
	steps, _ := r.Out.Steps() // it was read before
	h.fill(r.Out, slices.DeleteFunc(steps, func(step int) bool { return step > r.step }))
	for _, name := range slices.Sorted(maps.Keys(damage)) {
		kept, err := r.Out.moveAside(name)
		if err != nil {
			kept = err.Error()
		}
		r.log("of what was recorded something is lost: %v (%s)", damage[name], kept)
	}
	r.history = h
}

// startAgain is resume for a run that has no checkpoint: one that was killed before its first was written, or had no room for it, may have
// recorded an evaluation. One with more had checkpoints, which are gone.
func (r *runner) startAgain(was identity) error {
	r.takeInit(was)
	h, _ := r.Out.history() // what is damaged is written anew
	if len(h.evaluations) > 1 {
		return fmt.Errorf("resume: got no checkpoint in %s, want checkpoints/step-N.safetensors; start it again without --resume, in another folder", r.Out)
	}
	other, err := r.accept(was)
	if err != nil {
		return err
	}
	r.log("the run in %s has no checkpoint: it starts again, at step 0", r.Out)
	if err := r.initialize(); err != nil || !other {
		return err
	}
	return r.Out.create(r.id)
}

// newestGood reads the newest checkpoint that is whole, and moves those aside that are not.
func (r *runner) newestGood(steps []int) (*checkpoint.File, int, error) {
	wrong := map[int]error{}
	for _, step := range slices.Backward(steps) {
		f, err := readGood(r.Out.Checkpoint(step), step)
		if err != nil {
			wrong[step] = err
			continue
		}
		for _, step := range slices.Backward(slices.Sorted(maps.Keys(wrong))) {
			r.setAside(step, wrong[step])
		}
		return f, step, nil
	}
	var all []error
	for _, step := range slices.Backward(steps) {
		all = append(all, wrong[step])
	}
	return nil, 0, fmt.Errorf("resume: got no checkpoint in %s that is whole; start it again without --resume, in another folder:\n  %w", r.Out, errors.Join(all...))
}

// goOnFrom sets the network to a checkpoint of the same network and settings. Of another network it names the first
// variable that differs, of other settings each that does.
func (r *runner) goOnFrom(f *checkpoint.File, was identity) error {
	path := r.Out.Checkpoint(r.step)
	if was.Architecture != r.id.Architecture {
		err := state.Assign(r.Net, f, nil)
		if err == nil {
			err = fmt.Errorf("its variables fit, its layers have other sizes or strides")
		}
		return fmt.Errorf("resume from %s: got a checkpoint of another architecture: %w", path, err)
	}
	other, err := r.accept(was)
	if err != nil {
		return err
	}
	if r.step > r.total {
		return fmt.Errorf("resume: got %d steps in all, want %d or more, which the run in %s has behind it (--epochs, --steps)", r.total, r.step, r.Out)
	}
	err = state.Assign(r.Net, f, nil)
	if err == nil {
		err = r.averages.Assign(f)
	}
	if err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	if other {
		return r.adopt()
	}
	if err := r.checkInput(f, r.step); err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	return nil
}

// accept compares the settings of the run that is to go on with this run's. Others are an error, unless they are forced.
func (r *runner) accept(was identity) (other bool, err error) {
	if r.id.DataHash == was.DataHash { // wherever the data lies now, and whatever has decoded it
		r.id.Data, r.id.Decoder = was.Data, was.Decoder
	}
	wrong := append(differences(r.id, was), r.otherwiseDecoded(&was)...)
	if len(wrong) > 0 && !r.Force {
		return true, fmt.Errorf("resume: the run in %s was begun with other settings (--force-settings goes on all the same):\n  %s",
			r.Out, strings.Join(wrong, "\n  "))
	}
	for _, w := range wrong {
		r.log("other settings from step %d on: %s", r.step, w)
	}
	return len(wrong) > 0, nil
}

// adopt makes this run's settings those of the folder: the checkpoint's first, which counts.
func (r *runner) adopt() error {
	if err := r.save(); err != nil {
		return err
	}
	return r.Out.create(r.id)
}
