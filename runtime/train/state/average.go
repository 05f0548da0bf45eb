package state

import (
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// AverageSuffix turns a variable's name into that of its moving average.
const AverageSuffix = checkpoint.AverageSuffix

// Averages are exponential moving averages of all of a network's variables, those that batch norm
// keeps of its moments too. A nil pointer is a run without them.
//
// After step t, counted from 1, an average moves towards its variable:
//
//	average ← average − (1−d)·(average − value),  d = min(decay, (1+t)/(10+t))
//
// in float32, each operation rounded on its own. The lower d of the first steps keeps where the run
// started from weighing on it.
//
// Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, in
// the form of TensorFlow's ExponentialMovingAverage with num_updates.
type Averages struct {
	decay     float64
	variables []network.Variable
	values    [][]float32
}

// NewAverages returns averages that [Averages.Start] or [Averages.Assign] has yet to set: nil where
// decay is 0.
func NewAverages(net network.Network, decay float64) *Averages {
	if decay == 0 {
		return nil
	}
	a := &Averages{decay: decay, variables: net.Variables()}
	for i := range a.variables {
		a.values = append(a.values, make([]float32, len(a.variables[i].Value)))
	}
	return a
}

// Values returns the averages of each variable, which are the run's own.
func (a *Averages) Values() [][]float32 {
	if a == nil {
		return nil
	}
	return a.values
}

// Start sets the averages to the variables.
func (a *Averages) Start() {
	if a == nil {
		return
	}
	for i, values := range a.values {
		copy(values, a.variables[i].Value)
	}
}

// Update moves the averages after a step.
func (a *Averages) Update(step int) {
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

// Swap exchanges the network's variables with their averages.
func (a *Averages) Swap() {
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

// Tensors returns the averages as a checkpoint has them.
func (a *Averages) Tensors() (tensors []checkpoint.Tensor) {
	if a == nil {
		return nil
	}
	for i, values := range a.values {
		v := &a.variables[i]
		tensors = append(tensors, checkpoint.TensorOf(&v.VariableInfo, v.Name+AverageSuffix, values))
	}
	return tensors
}

// Assign takes the averages of a file whose variables [Assign] has taken: it must have them all.
func (a *Averages) Assign(f *checkpoint.File) error {
	if a == nil {
		return nil
	}
	m := checkpoint.NewMatcher(f)
	found := make([]*checkpoint.Tensor, len(a.values))
	for i := range a.values {
		v := &a.variables[i]
		name := v.Name + AverageSuffix
		found[i] = m.Match(checkpoint.Expected{Name: name, Kind: checkpoint.Variable, Shape: v.FileShape()}, name)
	}
	if err := m.Mismatches(nil).Err(); err != nil {
		return err
	}
	for i, values := range a.values {
		found[i].CopyTo(&a.variables[i].VariableInfo, values)
	}
	return nil
}

// AssignAverages sets a network's variables to the moving averages that a file has of them, after
// [Assign] has taken the variables themselves. It reports whether there are any.
func AssignAverages(net network.Network, f *checkpoint.File) (found bool) {
	m := checkpoint.NewMatcher(f)
	for _, v := range net.Variables() {
		name := v.Name + AverageSuffix
		if t := m.Match(checkpoint.Expected{Name: name, Kind: checkpoint.Average, Shape: v.FileShape()}, name); t != nil {
			t.CopyTo(&v.VariableInfo, v.Value)
			found = true
		}
	}
	return found
}
