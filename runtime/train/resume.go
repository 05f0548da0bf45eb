package train

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// resume sets the network to the run's newest good checkpoint, or to its start if it was ended before its first.
func (r *runner) resume() error {
	was, err := r.Out.identity()
	if errors.Is(err, fs.ErrNotExist) {
		return r.resumeImported(err)
	}
	if err != nil {
		return err
	}
	if r.Init == "" {
		r.Init, r.id.Init = was.Init, was.Init // it need not be said again
	}
	if r.history, err = r.Out.history(); err != nil {
		return err
	}
	steps, err := r.Out.Steps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		return r.startAgain(was)
	}
	f, step, err := r.newestGood(steps)
	if err != nil {
		return err
	}
	if err := r.goOnFrom(f, step); err != nil {
		return err
	}
	r.history.upTo(r.step)
	return nil
}

// startAgain is resume for a run that has no checkpoint: one that was killed before its first was written, or had no room for it, may have
// recorded an evaluation. One with more had checkpoints, which are gone.
func (r *runner) startAgain(was identity) error {
	if len(r.history.evaluations) > 1 {
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

// newestGood reads the newest checkpoint that is whole, and names those that are not.
func (r *runner) newestGood(steps []int) (*checkpoint.File, int, error) {
	var wrong []error
	for _, step := range slices.Backward(steps) {
		f, err := readGood(r.Out.Checkpoint(step), step)
		if err == nil {
			return f, step, nil
		}
		r.log("passed over: %v", err)
		wrong = append(wrong, err)
	}
	return nil, 0, errors.Join(wrong...)
}

// readGood reads a step's checkpoint, as this trainer has written it.
func readGood(path string, step int) (*checkpoint.File, error) {
	f, err := checkpoint.Read(path)
	if err != nil {
		return nil, fmt.Errorf("resume: %w", err)
	}
	got, err := Step(f)
	switch {
	case err != nil:
	case f.Sum == "":
		err = fmt.Errorf("got a header without a sum, want one: the file is damaged, or another program's")
	case got != step:
		err = fmt.Errorf("%s: got %d, want %d as the file's name says", StepName, got, step)
	}
	if err != nil {
		return nil, fmt.Errorf("resume from %s: %w", path, err)
	}
	return f, nil
}

// goOnFrom sets the network to a checkpoint of the same network and settings. Of another network it names the first
// variable that differs, of other settings each that does.
func (r *runner) goOnFrom(f *checkpoint.File, step int) error {
	path := r.Out.Checkpoint(step)
	was, err := settings(f)
	if err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	if was.Architecture != r.id.Architecture {
		err := Assign(r.Net, f, nil)
		if err == nil {
			err = fmt.Errorf("its variables fit, its layers have other sizes or strides")
		}
		return fmt.Errorf("resume from %s: got a checkpoint of another architecture: %w", path, err)
	}
	r.step = step
	other, err := r.accept(was)
	if err != nil {
		return err
	}
	if step > r.total {
		return fmt.Errorf("resume: got %d steps in all, want %d or more, which the run in %s has behind it (--epochs, --steps)", r.total, step, r.Out)
	}
	err = Assign(r.Net, f, nil)
	if err == nil {
		err = r.averages.assign(f)
	}
	if err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	if other {
		return r.adopt()
	}
	if err := r.checkInput(f, step); err != nil {
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
