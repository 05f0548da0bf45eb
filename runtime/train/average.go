package train

import (
	"context"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// AverageSuffix turns a variable's name into that of its moving average.
const AverageSuffix = checkpoint.AverageSuffix

// averages are exponential moving averages of all of a network's variables, those that batch norm keeps of its
// moments too. A nil pointer is a run without them.
//
// After step t, counted from 1, an average moves towards its variable:
//
//	average ← average − (1−d)·(average − value),  d = min(decay, (1+t)/(10+t))
//
// in float32, each operation rounded on its own. The lower d of the first steps keeps where the run started from
// weighing on it.
//
// Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, in the form of
// TensorFlow's ExponentialMovingAverage with num_updates.
type averages struct {
	decay     float64
	variables []network.Variable
	values    [][]float32
}

// newAverages returns averages that [averages.start] or [averages.assign] has yet to set: nil where decay is 0.
func newAverages(net network.Network, decay float64) *averages {
	if decay == 0 {
		return nil
	}
	a := &averages{decay: decay, variables: net.Variables()}
	for i := range a.variables {
		a.values = append(a.values, make([]float32, len(a.variables[i].Value)))
	}
	return a
}

// start sets the averages to the variables.
func (a *averages) start() {
	if a == nil {
		return
	}
	for i, values := range a.values {
		copy(values, a.variables[i].Value)
	}
}

// update moves the averages after a step.
func (a *averages) update(step int) {
	if a == nil {
		return
	}
	t := float64(step)
	share := float32(1 - min(a.decay, (1+t)/(10+t)))
	for i, values := range a.values {
		value := a.variables[i].Value[:len(values)]
		for k, average := range values {
			values[k] = average - float32(share*float32(average-value[k]))
		}
	}
}

// swap exchanges the network's variables with their averages.
func (a *averages) swap() {
	if a == nil {
		return
	}
	for i, values := range a.values {
		value := a.variables[i].Value[:len(values)]
		for k, average := range values {
			values[k], value[k] = value[k], average
		}
	}
}

// tensors returns the averages as a checkpoint has them.
func (a *averages) tensors() (tensors []checkpoint.Tensor) {
	if a == nil {
		return nil
	}
	for i, values := range a.values {
		v := &a.variables[i]
		tensors = append(tensors, checkpoint.Tensor{Name: v.Name + AverageSuffix, Shape: v.Shape, Float32: values})
	}
	return tensors
}

// assign takes the averages of a file whose variables [Assign] has taken: it must have them all.
func (a *averages) assign(f *checkpoint.File) error {
	if a == nil {
		return nil
	}
	for i, values := range a.values {
		v := &a.variables[i]
		t := f.Find(v.Name + AverageSuffix)
		if !fits(t, v.Shape) {
			return fmt.Errorf("%s: got nothing, want %v", v.Name+AverageSuffix, v.Shape)
		}
		copy(values, t.Float32)
	}
	return nil
}

// AssignAverages sets a network's variables to the moving averages that a file has of them, after [Assign] has taken
// the variables themselves. It reports whether there are any.
func AssignAverages(net network.Network, f *checkpoint.File) (found bool) {
	for _, v := range net.Variables() {
		if t := f.Find(v.Name + AverageSuffix); fits(t, v.Shape) {
			copy(v.Value, t.Float32)
			found = true
		}
	}
	return found
}

// measure evaluates a set as the recipe says: by the averages where there are any, and by its views. If ctx is done before its
// end, it is not whole.
func (r *runner) measure(ctx context.Context, set *dataset.Set, see sight) (m network.Metrics, whole bool) {
	r.averages.swap()
	defer r.averages.swap()
	r.leadNorms()
	return r.company.evaluate(ctx, set, min(r.Info.EvalBatch, set.Len()), evaluatorOf(r.Recipe.Views, r.Info, r.Net, set), see)
}
