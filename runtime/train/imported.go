package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// resumeImported begins a run in a folder that has none, but a checkpoint of [ImportedHeader]: it
// goes on from there with this run's settings.
func (r *runner) resumeImported(f *checkpoint.File, step int, from string) error {
	if err := r.takeImported(f); err != nil {
		return fmt.Errorf("resume from %s: %w", r.folder.Checkpoint(step), err)
	}
	r.folder.History, r.step = &runs.History{}, step
	r.log("continuing from step %d of %s, with this run's settings", step, from)
	return r.adopt()
}

// takeImported sets the network to an imported checkpoint. Its moving averages start at the
// variables unless it has them.
func (r *runner) takeImported(f *checkpoint.File) error {
	if got := f.Metadata[checkpoint.ArchitectureKey]; got != r.folder.Settings.Architecture {
		return fmt.Errorf("got a checkpoint of another architecture, with sha256 %.12s, want %.12s", got, r.folder.Settings.Architecture)
	}
	if err := state.Assign(r.Net, f, nil); err != nil {
		return err
	}
	if err := checkpoint.FunctionOf(r.Info).Check(f); err != nil {
		if !r.Force {
			return &FunctionMismatchError{err}
		}
		r.log("%v", err)
	}
	if err := r.averages.Assign(f); err != nil {
		r.averages.Start() // it has none, or not all
	}
	return nil
}
