package train

import (
	"fmt"
	"os"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// resume sets the network to the run's newest good checkpoint, or to its start if it was ended
// before its first.
func (r *runner) resume() error {
	was, noSettings := r.Out.Settings()
	if info, err := os.Stat(r.folder.Path(runs.SettingsFile)); noSettings != nil && err == nil && !info.Mode().IsRegular() {
		return noSettings // nothing has damaged a file
	}
	steps, err := r.folder.Steps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		if noSettings != nil {
			return &runs.NoCheckpointError{Run: r.Out, Settings: noSettings}
		}
		return r.startAgain(was)
	}
	f, step, err := r.folder.NewestIntact(steps)
	if err != nil {
		return err
	}
	own, err := runs.SettingsOf(f)
	switch from := f.Metadata[state.ImportedKey]; {
	case err != nil && noSettings != nil && from != "":
		return r.resumeImported(f, step, from)
	case err != nil && noSettings != nil:
		return noSettings
	case err != nil:
		return fmt.Errorf("resume from %s: %w", r.folder.Checkpoint(step), err)
	}
	r.takeInit(own)
	r.step = step
	r.folder.LoadHistory(f, step)
	if err := r.resumeFrom(f, own); err != nil {
		return err
	}
	switch {
	case noSettings != nil:
		r.log("%v; it is written again from the settings in %s", noSettings, r.folder.Checkpoint(step))
		return r.folder.RestoreSettings()
	case len(runs.Differences(r.folder.Settings, was)) == 0:
		return nil
	}
	return r.folder.Create(r.folder.Settings)
}

// takeInit takes what a run was started from: it need not be said again.
func (r *runner) takeInit(was runs.Settings) {
	if r.Init == "" {
		r.Init, r.folder.Settings.Init = was.Init, was.Init
	}
}

// startAgain is resume for a run that has no checkpoint: one that was killed before its first was
// written, or had no room for it, may have recorded an evaluation. One with more had checkpoints,
// which are gone.
func (r *runner) startAgain(was runs.Settings) error {
	r.takeInit(was)
	h, _ := r.Out.History() // what is damaged is written anew
	if len(h.Evaluations) > 1 {
		return &runs.NoCheckpointError{Run: r.Out}
	}
	other, err := r.accept(was)
	if err != nil {
		return err
	}
	r.log("the run in %s has no checkpoint: starting again at step 0", r.Out)
	if err := r.initialize(); err != nil || !other {
		return err
	}
	return r.folder.Create(r.folder.Settings)
}

// resumeFrom sets the network to a checkpoint of the same network and settings. Of another network
// it names the first variable that differs, of other settings each that does.
func (r *runner) resumeFrom(f *checkpoint.File, was runs.Settings) error {
	path := r.folder.Checkpoint(r.step)
	if was.Architecture != r.folder.Settings.Architecture {
		err := state.Assign(r.Net, f, nil)
		if err == nil {
			err = fmt.Errorf("its variables match, but its layers have other sizes or strides")
		}
		return fmt.Errorf("resume from %s: got a checkpoint of another architecture: %w", path, err)
	}
	other, err := r.accept(was)
	if err != nil {
		return err
	}
	if r.step > r.total {
		return &TooFewStepsError{Run: r.Out, Steps: r.total, Done: r.step}
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
	if err := runs.CheckPosition(f, input.PositionAfter(r.step, r.perEpoch)); err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	return nil
}

// accept compares the settings of the run that is to go on with this run's. Others are an error,
// unless they are forced.
func (r *runner) accept(was runs.Settings) (other bool, err error) {
	if r.folder.Settings.DataHash == was.DataHash { // wherever the data lies now, and whatever has decoded it
		r.folder.Settings.Data, r.folder.Settings.Decoder = was.Data, was.Decoder
	}
	wrong := append(runs.Differences(r.folder.Settings, was), r.otherwiseDecoded(&was)...)
	if len(wrong) > 0 && !r.Force {
		return true, &SettingsMismatchError{r.Out, wrong}
	}
	for _, w := range wrong {
		r.log("other settings from step %d on: %v", r.step, w)
	}
	return len(wrong) > 0, nil
}

// adopt makes this run's settings those of the folder: the checkpoint's first, which counts.
func (r *runner) adopt() error {
	if err := r.save(); err != nil {
		return err
	}
	return r.folder.Create(r.folder.Settings)
}

// otherwiseDecoded tells what to do about images that are read otherwise than when the run was
// begun; nothing if they are read alike.
func (r *runner) otherwiseDecoded(was *runs.Settings) []error {
	if !partition.DecoderChanged(was, r.images.Whole) || r.folder.Settings.DataHash == was.DataHash {
		return nil
	}
	return []error{&partition.DecoderError{Now: r.images.Whole.Decoder(), Was: partition.DecoderOf(was), Run: string(r.Out)}}
}
