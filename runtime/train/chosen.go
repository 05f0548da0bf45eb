package train

import (
	"context"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// testChosen evaluates the test part, once, by the checkpoint that the validation part has chosen:
// the best. It leaves the network as the run ended. If ctx is done before the end, the result is
// not whole.
func (r *runner) testChosen(ctx context.Context, result *Result) (whole bool) {
	state := r.evaluatedState()
	ended := make([][]float32, len(state))
	for i, values := range state {
		ended[i] = slices.Clone(values)
	}
	defer func() {
		for i, values := range state {
			copy(values, ended[i])
		}
	}()
	step := r.takeBest(state, ended)
	m, whole := r.measure(ctx, r.images.Test, eval.Discard)
	if whole {
		result.Tested, result.Test, result.TestStep = true, m.Accuracy(), step
	}
	return whole
}

// evaluatedState lists the numbers that an evaluation depends on.
func (r *runner) evaluatedState() (all [][]float32) {
	for _, v := range r.Net.Variables() {
		all = append(all, v.Value)
	}
	return append(all, r.averages.Values()...)
}

// takeBest sets the network of all ranks to the best of the run's checkpoints that is whole, which
// rank 0 reads, and returns its step. Where there is none, the network stays as the run ended.
func (r *runner) takeBest(state, ended [][]float32) (step int) {
	step = r.step
	for _, best := range r.evaluatedSteps() {
		if best == r.step {
			break
		}
		err := r.takeCheckpoint(best)
		if err == nil {
			step = best
			break
		}
		r.log("the best checkpoint cannot be evaluated, taking the next best: %v", err)
		for i, values := range state {
			copy(values, ended[i])
		}
	}
	if r.Ranks == nil {
		return step
	}
	step = int(r.Ranks.Gather(float64(step))[0]) // rank 0's comes first
	for _, values := range state {
		r.Ranks.Link.Broadcast(values)
	}
	return step
}

// evaluatedSteps lists the steps whose checkpoints are there and were evaluated, the best first.
// Ranks but the first have none.
func (r *runner) evaluatedSteps() []int {
	if !r.Ranks.Leads() {
		return nil
	}
	steps, _ := r.folder.Steps() // what cannot be read is not there
	return r.folder.History.SortByAccuracy(slices.DeleteFunc(steps, func(step int) bool {
		return !slices.ContainsFunc(r.folder.History.Evaluations, func(e runs.Evaluation) bool { return e.Step == step })
	}))
}

// takeCheckpoint sets the variables and their averages to a step's checkpoint.
func (r *runner) takeCheckpoint(step int) error {
	f, err := runs.ReadCheckpoint(r.folder.Checkpoint(step), step)
	if err != nil {
		return err
	}
	if err := state.Assign(r.Net, f, nil); err != nil {
		return err
	}
	return r.averages.Assign(f)
}

// measure evaluates a set as the recipe says: by the averages where there are any, and by its
// views. If ctx is done before its end, it is not whole.
func (r *runner) measure(ctx context.Context, set *dataset.Set, see eval.Sink) (m network.Metrics, whole bool) {
	r.averages.Swap()
	defer r.averages.Swap()
	r.leadNorms()
	return eval.EvaluateSet(ctx, r.Ranks, set, min(r.Info.EvalBatch, set.Len()), r.Info.Classes, eval.NewEvaluator(r.Recipe.Views, r.Info, r.Net, set), see)
}
