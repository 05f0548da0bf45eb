package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// measuredName is what is evaluated while the run goes on.
func (r *runner) measuredName() string {
	if r.Validation > 0 {
		return "validation"
	}
	return "test"
}

// HeldOut returns the images of a training set that the run of a checkpoint has held out.
func HeldOut(f *checkpoint.File, train *dataset.Set) (*dataset.Set, error) {
	id, err := settings(f)
	if err != nil {
		return nil, err
	}
	if id.Validation == 0 {
		return nil, fmt.Errorf("validation: got a checkpoint of a run that has held no images out, want one of train --validation")
	}
	if id.Images != train.Len() {
		return nil, fmt.Errorf("validation: got %d images for training, want the %d that the checkpoint's run had", train.Len(), id.Images)
	}
	_, held, err := train.HoldOut(id.Validation, id.Seed)
	return held, err
}
