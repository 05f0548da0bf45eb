// Package state is the state that a training resumes from, and its form in a checkpoint: variables,
// optimizer slots, moving averages and the step.
package state

import (
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// StepName is the name of the step's counter in a checkpoint.
const StepName = checkpoint.StepName

// Save writes a network's variables, optimizer slots, the step, and more.
func Save(path string, net network.Network, step int, metadata map[string]string, more ...checkpoint.Tensor) error {
	f := &checkpoint.File{Metadata: metadata}
	variables := net.Variables()
	for i := range variables {
		v := &variables[i]
		f.Tensors = append(f.Tensors, checkpoint.TensorOf(&v.VariableInfo, v.Name, v.Value))
		for _, slot := range v.Slots {
			f.Tensors = append(f.Tensors, checkpoint.TensorOf(&v.VariableInfo, slot.Name, slot.Value))
		}
	}
	f.Tensors = append(f.Tensors, more...)
	f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: StepName, Shape: []int{}, Int64: []int64{int64(step)}})
	return store.Write(path, f)
}

// Assign sets a network's variables from a file, which must have each of them in its shape and none
// that is unknown. What the optimizer keeps and the file lacks becomes 0; a network that counts its
// steps goes on from the file's. Moving averages of variables may be there; see [AssignAverages].
// All that does not fit is named, and then nothing is changed.
//
// Variables for which fresh returns true need not be there: they keep their values if the file has
// them in another shape or not at all. fresh may be nil.
func Assign(net network.Network, f *checkpoint.File, fresh func(name string) bool) error {
	variables, m, slots := net.Variables(), checkpoint.NewMatcher(f), abi.Slots()
	for i := range variables {
		m.Variable(&variables[i].VariableInfo, slots)
	}
	m.Step()
	tensors := map[string]*checkpoint.Tensor{}
	for i := range m.Matched {
		tensors[m.Matched[i].Name] = m.Tensor(&m.Matched[i])
	}
	renewed := func(variable string) bool { return fresh != nil && fresh(variable) && tensors[variable] == nil }
	mismatches := m.Mismatches(func(w *checkpoint.Expected) bool { return w.Kind == checkpoint.Step || renewed(w.Variable()) })
	counter, counts := net.(network.Counter)
	step := 0
	if counts {
		var err error
		if step, err = Step(f); err != nil {
			mismatches.Add(err.Error())
		}
	}
	for t := range m.Unmatched() {
		mismatches.AddUnexpected(t.Name)
	}
	if err := mismatches.Err(); err != nil {
		return err
	}
	for i := range variables {
		v := &variables[i]
		if renewed(v.Name) {
			fillSlots(v, nil)
			continue
		}
		tensors[v.Name].CopyTo(&v.VariableInfo, v.Value)
		fillSlots(v, tensors)
	}
	if counts {
		counter.SetStepCount(step)
	}
	return nil
}

// fillSlots sets the optimizer slots of a variable from the checkpoint, missing ones to 0.
func fillSlots(v *network.Variable, tensors map[string]*checkpoint.Tensor) {
	for _, slot := range v.Slots {
		clear(slot.Value)
		if t := tensors[slot.Name]; t != nil {
			t.CopyTo(&v.VariableInfo, slot.Value)
		}
	}
}

// Reset sets all that the optimizer keeps to where a run starts.
func Reset(net network.Network) {
	for _, v := range net.Variables() {
		fillSlots(&v, nil)
	}
	if c, ok := net.(network.Counter); ok {
		c.SetStepCount(0)
	}
}

// Fits reports whether a tensor is there, is float32, and has a shape.
func Fits(t *checkpoint.Tensor, shape []int) bool {
	return t != nil && t.Float32 != nil && slices.Equal(t.Shape, shape)
}

// LastStep is the greatest that a checkpoint's step can be.
const LastStep = 1 << 53

// Step returns a checkpoint's step, from 0 to 2⁵³; a file without one is at 0.
func Step(f *checkpoint.File) (int, error) {
	t := f.Find(StepName)
	if t == nil {
		return 0, nil
	}
	if len(t.Int64) != 1 {
		return 0, fmt.Errorf("%s: got %s of shape %v, want one int64", StepName, t.Type(), t.Shape)
	}
	if t.Int64[0] < 0 || t.Int64[0] > LastStep {
		return 0, fmt.Errorf("%s: got %d, want a number from 0 to %d", StepName, t.Int64[0], int64(LastStep))
	}
	return int(t.Int64[0]), nil
}
