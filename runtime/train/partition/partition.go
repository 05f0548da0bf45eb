// Package partition decides which images train a run, which choose its best checkpoint, and which
// remain unseen.
package partition

import (
	"errors"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/dataset"
)

// How a run decides which images choose its best checkpoint, as its settings record it.
const (
	// First is that of runs of the first version, which recorded none. The test part chooses, or
	// where there is none the validation part, unless images are to be held out; these are chosen
	// without regard to classes.
	Legacy = 0
	// Stratified takes the validation part; where there is none it holds images out, of each class
	// its share: as many as are asked for, or of a folder of images [dataset.Set.DefaultHoldOut].
	// Where it holds out none, the test part chooses.
	Stratified = 2
)

// Plan is how a run's images are to be divided.
type Plan struct {
	Algorithm int // First or Stratified
	HeldOut   int // images that are held out; 0: as the algorithm has it
}

// Images are a run's images, divided.
type Images struct {
	Algorithm      int          // as in Plan
	Whole          *dataset.Set // all of the training part,
	Train          *dataset.Set // of which these are trained on
	HeldOut        int          // and so many are not
	EvalSet        *dataset.Set // the part evaluated during the run
	Validation     int          // if positive: so many images that stand for the test part until the run's end
	ValidationPart *dataset.Set // nil: the data has none, or the run does not use it
	Test           *dataset.Set // nil: the data has none
}

// EvalPart names the part evaluated during the run.
func (i *Images) EvalPart() string {
	if i.Validation > 0 {
		return ValidationPart
	}
	return TestPart
}

// The parts that a run may be evaluated on.
const (
	ValidationPart = "validation"
	TestPart       = "test"
)

// Divide divides the parts of a data set. Asked is how many images the user wants held out, which a
// validation part forbids.
func Divide(plan Plan, parts dataset.Parts, asked int, seed uint64) (Images, error) {
	i := Images{Algorithm: plan.Algorithm, Whole: parts.Train, Train: parts.Train, ValidationPart: parts.Validation, Test: parts.Test}
	if i.Algorithm == Legacy {
		if i.Test == nil {
			i.Test = i.ValidationPart
		}
		i.ValidationPart = nil
	}
	i.EvalSet = i.Test
	held := plan.HeldOut
	switch {
	case i.ValidationPart != nil && asked != 0:
		return i, fmt.Errorf("validation: got %d images to hold out of a data set with a validation part, want one of them", asked)
	case i.ValidationPart != nil:
		i.EvalSet, i.Validation = i.ValidationPart, i.ValidationPart.Len()
		return i, nil
	case held == 0 && i.Algorithm != Legacy:
		held = i.Train.DefaultHoldOut()
	}
	if held != 0 {
		var err error
		i.Train, i.EvalSet, err = holdOut(i.Algorithm, i.Whole, held, seed)
		i.Validation, i.HeldOut = held, held
		return i, err
	}
	if i.EvalSet == nil {
		return i, errors.New("data: got no images to evaluate, want a test or a validation part, or more images")
	}
	return i, nil
}

// holdOut takes the images to validate with out of the training set.
func holdOut(algorithm int, train *dataset.Set, n int, seed uint64) (rest, held *dataset.Set, err error) {
	if algorithm == Legacy {
		return train.HoldOutUnstratified(n, seed)
	}
	return train.HoldOut(n, seed)
}
