package train

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// MomentumSuffix turns a variable's name into that of its momentum.
const MomentumSuffix = "/Momentum"

// StepName is the name of the step's counter in a checkpoint.
const StepName = "global_step"

// Save writes a network's variables, their momentum and the step.
func Save(path string, net nn.Network, step int, metadata map[string]string) error {
	f := &checkpoint.File{Metadata: metadata}
	for _, v := range net.Variables() {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: v.Name, Shape: v.Shape, Float32: v.Value})
		if v.Momentum != nil {
			f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: v.Name + MomentumSuffix, Shape: v.Shape, Float32: v.Momentum})
		}
	}
	f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: StepName, Shape: []int{}, Int64: []int64{int64(step)}})
	return checkpoint.Write(path, f)
}

// Open reads a checkpoint: a file, or the best of a run's folder. It returns which file it was.
func Open(path string) (f *checkpoint.File, file string, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", fmt.Errorf("checkpoint: %w", err)
	}
	if info.IsDir() {
		if path, err = Folder(path).Best(); err != nil {
			return nil, "", err
		}
	}
	f, err = checkpoint.Read(path)
	return f, path, err
}

// Assign sets a network's variables from a file, which must have each of them in its shape and none that is
// unknown. Momentum that it lacks becomes 0. What does not fit is named, and then nothing is changed.
//
// Variables for which fresh returns true need not be there: they keep their values if the file has them in
// another shape or not at all. fresh may be nil.
func Assign(net nn.Network, f *checkpoint.File, fresh func(name string) bool) error {
	known := map[string]bool{StepName: true}
	var wrong []string
	check := func(name string, shape []int, needed bool) bool {
		known[name] = true
		t := f.Find(name)
		switch {
		case t == nil && needed:
			wrong = append(wrong, fmt.Sprintf("%s: got nothing, want %v", name, shape))
		case t != nil && (t.Float32 == nil || !slices.Equal(t.Shape, shape)):
			wrong = append(wrong, fmt.Sprintf("%s: got %s of shape %v, want float32 of shape %v", name, t.Type(), t.Shape, shape))
		default:
			return t != nil
		}
		return false
	}
	variables := net.Variables()
	var copies []func()
	for i := range variables {
		v := &variables[i]
		renewed := fresh != nil && fresh(v.Name)
		if renewed && !fits(f.Find(v.Name), v.Shape) {
			known[v.Name], known[v.Name+MomentumSuffix] = true, true
			copies = append(copies, func() { clear(v.Momentum) })
			continue
		}
		if check(v.Name, v.Shape, true) {
			copies = append(copies, func() { copy(v.Value, f.Find(v.Name).Float32) })
		}
		if v.Trainable && check(v.Name+MomentumSuffix, v.Shape, false) {
			copies = append(copies, func() { copy(v.Momentum, f.Find(v.Name+MomentumSuffix).Float32) })
		} else {
			copies = append(copies, func() { clear(v.Momentum) })
		}
	}
	for i := range f.Tensors {
		if name := f.Tensors[i].Name; !known[name] {
			wrong = append(wrong, fmt.Sprintf("%s: got a tensor that the network has not", name))
		}
	}
	if n := len(wrong); n > 0 {
		if n > mostNamed {
			wrong = append(wrong[:mostNamed], fmt.Sprintf("and %d more", n-mostNamed))
		}
		return fmt.Errorf("%d tensors do not fit the network:\n  %s", n, strings.Join(wrong, "\n  "))
	}
	for _, c := range copies {
		c()
	}
	return nil
}

// mostNamed is how many tensors that do not fit are named, from the first one on.
const mostNamed = 8

func fits(t *checkpoint.Tensor, shape []int) bool {
	return t != nil && t.Float32 != nil && slices.Equal(t.Shape, shape)
}

// Step returns a checkpoint's step; a file without one is at 0.
func Step(f *checkpoint.File) (int, error) {
	t := f.Find(StepName)
	if t == nil {
		return 0, nil
	}
	if len(t.Int64) != 1 || t.Int64[0] < 0 || t.Int64[0] > 1<<53 {
		return 0, fmt.Errorf("%s: got %d values, want one that is not negative", StepName, len(t.Int64))
	}
	return int(t.Int64[0]), nil
}
