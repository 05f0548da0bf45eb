package train

import (
	"cmp"
	"errors"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
)

// planPartition returns how the run that goes on has divided its images, or how a new one does.
func (r *runner) planPartition() partition.Plan {
	p := partition.Plan{Algorithm: partition.Stratified, HeldOut: r.Options.Validation}
	if !r.Resume || !r.Ranks.Leads() {
		return p
	}
	was, err := r.Out.LatestSettings()
	if err != nil {
		return p // resume reports the error
	}
	p.Algorithm = was.Partition
	if p.HeldOut == 0 {
		p.HeldOut = was.Validation // it need not be said again
	}
	return p
}

// errOtherRank ends a rank when another one could not divide its images.
var errOtherRank = errors.New("another rank could not divide its images, and reports why")

// divide divides the images, as rank 0 says. An error is one of all ranks.
func (r *runner) divide() (err error) {
	p := r.planPartition()
	if r.Ranks != nil {
		all := r.Ranks.Gather(float64(p.Algorithm), float64(p.HeldOut)) // rank 0's come first
		p = partition.Plan{Algorithm: int(all[0]), HeldOut: int(all[1])}
	}
	parts := dataset.Parts{Train: r.Options.Train, Validation: r.Options.ValidationPart, Test: r.Options.Test}
	r.images, err = partition.Divide(p, parts, r.Options.Validation, r.Seed)
	if r.Ranks != nil && r.Ranks.Any(err != nil) {
		return distributed.CollectiveError{Err: cmp.Or(err, errOtherRank)}
	}
	return err
}
