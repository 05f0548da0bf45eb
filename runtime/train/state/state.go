// Package state is what a training goes on from, and how a checkpoint holds it: a network's variables, what its optimizer keeps of them,
// their moving averages and the step.
package state

import (
	"fmt"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// StepName is the name of the step's counter in a checkpoint.
const StepName = "global_step"

// Save writes a network's variables, what its optimizer keeps of them, the step, and more.
func Save(path string, net network.Network, step int, metadata map[string]string, more ...checkpoint.Tensor) error {
	f := &checkpoint.File{Metadata: metadata}
	for _, v := range net.Variables() {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: v.Name, Shape: v.Shape, Float32: v.Value})
		for _, slot := range v.Slots {
			f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: slot.Name, Shape: v.Shape, Float32: slot.Value})
		}
	}
	f.Tensors = append(f.Tensors, more...)
	f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: StepName, Shape: []int{}, Int64: []int64{int64(step)}})
	return store.Write(path, f)
}

// Assign sets a network's variables from a file, which must have each of them in its shape and none that is
// unknown. What the optimizer keeps and the file lacks becomes 0; a network that counts its steps goes on from the
// file's. Moving averages of variables may be there; see [AssignAverages]. All that does not fit is named, and then
// nothing is changed.
//
// Variables for which fresh returns true need not be there: they keep their values if the file has them in
// another shape or not at all. fresh may be nil.
func Assign(net network.Network, f *checkpoint.File, fresh func(name string) bool) error {
	known := map[string]bool{StepName: true}
	variables := net.Variables()
	tensors := tensorsOf(variables, f)
	var wrong misfits
	check := func(name string, shape []int, needed bool) bool {
		known[name] = true
		t := tensors[name]
		switch {
		case t == nil && needed:
			wrong.add("%s: got nothing, want %v", name, shape)
		case t != nil && (t.Float32 == nil || !slices.Equal(t.Shape, shape)):
			wrong.add("%s: got %s of shape %v, want float32 of shape %v", name, t.Type(), t.Shape, shape)
		default:
			return t != nil
		}
		return false
	}
	var copies []func()
	for i := range variables {
		v := &variables[i]
		renewed := fresh != nil && fresh(v.Name)
		if renewed && !Fits(tensors[v.Name], v.Shape) {
			known[v.Name] = true
			for _, suffix := range checkpoint.CompanionSuffixes() {
				known[v.Name+suffix] = true
			}
			copies = append(copies, func() { fillSlots(v, nil) })
			continue
		}
		if check(v.Name, v.Shape, true) {
			copies = append(copies, func() { copy(v.Value, tensors[v.Name].Float32) })
		}
		for _, suffix := range checkpoint.CompanionSuffixes() {
			if v.Trainable || suffix == AverageSuffix {
				check(v.Name+suffix, v.Shape, false)
			}
		}
		copies = append(copies, func() { fillSlots(v, f) })
	}
	if c, ok := net.(network.Counter); ok {
		step, err := Step(f)
		if err != nil {
			wrong.add("%v", err)
		}
		copies = append(copies, func() { c.SetStepCount(step) })
	}
	for i := range f.Tensors {
		if name := f.Tensors[i].Name; !known[name] {
			wrong.add("%s: got a tensor that the network has not", name)
		}
	}
	if wrong.all > 0 {
		return &wrong
	}
	for _, c := range copies {
		c()
	}
	return nil
}

// mostNamed is how many tensors that do not fit are named, from the first one on.
const mostNamed = 8

// tensorsOf returns the tensors of a file that have names of variables and of their companions. It
// looks at each of the file's once: there may be many more.
func tensorsOf(variables []network.Variable, f *checkpoint.File) map[string]*checkpoint.Tensor {
	tensors := map[string]*checkpoint.Tensor{}
	for _, v := range variables {
		tensors[v.Name] = nil
		for _, suffix := range checkpoint.CompanionSuffixes() {
			tensors[v.Name+suffix] = nil
		}
	}
	for i := range f.Tensors {
		if _, known := tensors[f.Tensors[i].Name]; known {
			tensors[f.Tensors[i].Name] = &f.Tensors[i]
		}
	}
	return tensors
}

// misfits is the error of tensors that do not fit a network.
type misfits struct {
	all   int
	named []string
}

func (m *misfits) add(format string, args ...any) {
	if m.all++; m.all <= mostNamed {
		m.named = append(m.named, fmt.Sprintf(format, args...))
	}
}

// Error names the first.
func (m *misfits) Error() string {
	lines := m.named
	if more := m.all - len(lines); more > 0 {
		lines = append(slices.Clip(lines), fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%d tensors do not fit the network:\n  %s", m.all, strings.Join(lines, "\n  "))
}

// fillSlots sets what the optimizer keeps of a variable to what a file has of it, else to 0. f may be nil.
func fillSlots(v *network.Variable, f *checkpoint.File) {
	for _, slot := range v.Slots {
		clear(slot.Value)
		if f == nil {
			continue
		}
		if t := f.Find(slot.Name); t != nil {
			copy(slot.Value, t.Float32)
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
