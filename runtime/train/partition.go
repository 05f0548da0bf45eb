package train

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
)

// How a run decides which images choose its best checkpoint, as its settings record it.
const (
	// firstPartition is that of runs of the first version, which recorded none. The test part
	// chooses, or where there is none the validation part, unless --validation holds images out;
	// these are chosen without regard to classes.
	firstPartition = 0
	// stratifiedPartition takes the validation part; where there is none it holds images out, of each class its share: as many as
	// --validation says, or of a folder of images [dataset.Set.DefaultHoldOut]. Where it holds out none, the test part chooses.
	stratifiedPartition = 2
)

// partition is how a run's images are divided.
type partition struct {
	algorithm int
	held      int // images that are held out; 0: as the algorithm has it
}

// planPartition returns how the run that goes on has divided its images, or how a new one does.
func (r *runner) planPartition() partition {
	p := partition{stratifiedPartition, r.Validation}
	if !r.Resume || !r.Ranks.Leads() {
		return p
	}
	was, err := r.Out.recorded()
	if err != nil {
		return p // resume reports the error
	}
	p.algorithm = was.Partition
	if p.held == 0 {
		p.held = was.Validation // it need not be said again
	}
	return p
}

// errOtherRank ends a rank when another one could not divide its images.
var errOtherRank = errors.New("another rank could not divide its images, and says why")

// divide divides the images. An error is one of all ranks.
func (r *runner) divide() error {
	err := r.partition()
	if r.Ranks != nil && r.Ranks.AnyOf(err != nil) {
		return distributed.Agreed{Err: cmp.Or(err, errOtherRank)}
	}
	return err
}

// partition divides the images, as rank 0 says.
func (r *runner) partition() error {
	p := r.planPartition()
	if r.Ranks != nil {
		all := r.Ranks.Gather(float64(p.algorithm), float64(p.held)) // rank 0's come first
		p = partition{int(all[0]), int(all[1])}
	}
	if p.algorithm == firstPartition {
		if r.Test == nil {
			r.Test = r.ValidationPart
		}
		r.ValidationPart = nil
	}
	r.partitioning, r.measured = p.algorithm, r.Test
	switch {
	case r.ValidationPart != nil && r.Validation != 0:
		return fmt.Errorf("validation: got %d images to hold out of a data set with a validation part, want one of them", r.Validation)
	case r.ValidationPart != nil:
		r.measured, r.Validation = r.ValidationPart, r.ValidationPart.Len()
		return nil
	case p.held == 0 && p.algorithm != firstPartition:
		p.held = r.Train.DefaultHoldOut()
	}
	if r.Validation = p.held; p.held != 0 {
		return r.holdOut()
	}
	if r.measured == nil {
		return errors.New("data: got no images to evaluate, want a test or a validation part, or more images")
	}
	return nil
}

// holdOut takes the images to validate with out of the training set.
func (r *runner) holdOut() (err error) {
	r.Train, r.measured, err = holdOut(r.partitioning, r.Train, r.Validation, r.Seed)
	r.heldOut = r.Validation
	return err
}

func holdOut(algorithm int, train *dataset.Set, n int, seed uint64) (rest, held *dataset.Set, err error) {
	if algorithm == firstPartition {
		return train.HoldOutUnstratified(n, seed)
	}
	return train.HoldOut(n, seed)
}

// The parts that a run may be evaluated on.
const (
	validationPart = "validation"
	testPart       = "test"
)

// measuredName is the part that is evaluated while the run goes on.
func (r *runner) measuredName() string {
	if r.Validation > 0 {
		return validationPart
	}
	return testPart
}
