package train

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// RankObserver is an Observer that is told of the ranks, before each Step.
type RankObserver interface {
	// Ranks is how each rank fared; the slice is the run's own, until the next step.
	Ranks([]distributed.RankState)
}

// errElsewhere ends a rank when rank 0 has not been able to begin.
var errElsewhere = errors.New("rank 0 could not start the run, and reports why")

// agree refuses ranks that would not train the same.
func (r *runner) agree() error {
	if r.Ranks == nil {
		return nil
	}
	if err := network.CheckRanks(r.Ranks.Size(), r.batch); err != nil {
		return distributed.CollectiveError{Err: err}
	}
	if r.Ranks.LocalNorms { // of each rank's images
		fewest := r.batch
		for rank := range r.Ranks.Size() {
			images := network.RankImages(r.batch, rank, r.Ranks.Size())
			fewest = min(fewest, images.End-images.First)
		}
		if err := r.Info.CheckTrainStep(fewest); err != nil {
			return distributed.CollectiveError{Err: fmt.Errorf("a rank's share of the images: %w", err)}
		}
	}
	id := r.folder.Settings
	described := map[string]string{"spec": id.Spec, "data": id.DataHash, "length of the run": fmt.Sprint(r.total, r.SaveEvery, r.images.Validation)}
	id.Spec, id.DataHash = "", ""
	settings, err := json.Marshal(id)
	if err != nil {
		return err
	}
	described["settings"] = string(settings)
	if err := distributed.CheckEqual(r.Ranks.Link, described); err != nil {
		return distributed.CollectiveError{Err: err}
	}
	return nil
}

// beginTogether lets rank 0 begin, and takes its state to the others.
func (r *runner) beginTogether() error {
	if r.Ranks == nil {
		return r.begin()
	}
	var err error
	if r.Ranks.Leads() {
		err = r.begin()
	} else {
		r.folder.History = &runs.History{}
	}
	if r.Ranks.Any(err != nil) {
		if err == nil {
			r.folder.Release()
			err = errElsewhere
		}
		return distributed.CollectiveError{Err: err}
	}
	state := r.Ranks.Gather(float64(r.step), float64(r.lastEvaluated)) // rank 0's come first
	r.step, r.lastEvaluated = int(state[0]), int(state[1])
	for _, values := range r.stateOfRanks() {
		r.Ranks.Link.Broadcast(values)
	}
	if counter, ok := r.Net.(network.Counter); ok {
		counter.SetStepCount(int(r.Ranks.Gather(float64(counter.StepCount()))[0]))
	}
	return nil
}

// stateOfRanks lists all numbers that a run goes on from.
func (r *runner) stateOfRanks() (all [][]float32) {
	for _, v := range r.Net.Variables() {
		all = append(all, v.Value)
		for _, slot := range v.Slots {
			all = append(all, slot.Value)
		}
	}
	return append(all, r.averages.Values()...)
}

// leadNorms gives all ranks the moving averages of rank 0, where each has norms of its own.
func (r *runner) leadNorms() {
	if r.Ranks == nil || !r.Ranks.LocalNorms {
		return
	}
	for _, v := range r.Net.Variables() {
		if !v.Trainable {
			r.Ranks.Link.Broadcast(v.Value)
		}
	}
}
