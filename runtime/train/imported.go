package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// importedKey is the entry of a checkpoint's metadata that says which file of another program it was made of.
const importedKey = "imported_from"

// ImportedHeader is the metadata of a checkpoint that was made of another program's file. A run can go on from it: its
// settings are then those that it goes on with.
func ImportedHeader(i *network.Info, from string) (map[string]string, error) {
	metadata, err := Header(i)
	if err != nil {
		return nil, err
	}
	metadata[importedKey] = from
	return metadata, nil
}

// resumeImported begins a run in a folder that has none, but a checkpoint of [ImportedHeader]: it goes on from there with
// this run's settings.
func (r *runner) resumeImported(f *checkpoint.File, step int, from string) error {
	if err := r.takeImported(f); err != nil {
		return fmt.Errorf("resume from %s: %w", r.Out.Checkpoint(step), err)
	}
	r.history, r.step = &history{}, step
	r.log("going on from step %d of %s, with this run's settings", step, from)
	return r.adopt()
}

// takeImported sets the network to an imported checkpoint. Its moving averages start at the variables unless it has them.
func (r *runner) takeImported(f *checkpoint.File) error {
	if got := f.Metadata[checkpoint.ArchitectureKey]; got != r.id.Architecture {
		return fmt.Errorf("got a checkpoint of another architecture, with sha256 %.12s, want %.12s", got, r.id.Architecture)
	}
	if err := Assign(r.Net, f, nil); err != nil {
		return err
	}
	if err := checkpoint.FunctionOf(r.Info).Check(f); err != nil {
		if !r.Force {
			return fmt.Errorf("%w\n(--force-settings goes on all the same)", err)
		}
		r.log("%v", err)
	}
	if err := r.averages.assign(f); err != nil {
		r.averages.start() // it has none, or not all
	}
	return nil
}
