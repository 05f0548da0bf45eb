// Package oracle is the float64 oracle of the project: the whole network of the TensorFlow CIFAR
// residual network, forward, backward and update, as direct nested loops over plain slices. It
// shares no code with what it judges (package spec's types aside), is meant to be read beside the
// equations, and is linked by tests only.
//
// Activations are [batch, height, width, channels], convolution weights [k, k, in, out], both
// row-major.
//
// Sources: He et al., "Identity Mappings in Deep Residual Networks" (2016), figure 1b and section
// 4; Ioffe and Szegedy, "Batch Normalization" (2015), section 3; the variable names, the padding
// rules, the shortcuts and the optimizer are those of TensorFlow's research/resnet model.
package oracle

import (
	"fmt"
	"slices"
)

// Tensor is a dense row-major array of float64. A scalar has the empty shape and one element.
type Tensor struct {
	Shape []int
	Data  []float64
}

// NewTensor returns a tensor of zeros.
func NewTensor(shape ...int) *Tensor {
	size := 1
	for _, d := range shape {
		size *= d
	}
	return &Tensor{Shape: slices.Clone(shape), Data: make([]float64, size)}
}

// Clone returns a copy that shares nothing with t.
func (t *Tensor) Clone() *Tensor {
	return &Tensor{Shape: slices.Clone(t.Shape), Data: slices.Clone(t.Data)}
}

// Add adds u to t element by element. It panics where their shapes differ.
func (t *Tensor) Add(u *Tensor) {
	if !slices.Equal(t.Shape, u.Shape) {
		panic(fmt.Sprintf("oracle: Add: got shape %v, want %v", u.Shape, t.Shape))
	}
	for i, v := range u.Data {
		t.Data[i] += v
	}
}

// dims4 returns the shape of an activation or of a convolution's weight.
func (t *Tensor) dims4() (a, b, c, d int) {
	if len(t.Shape) != 4 {
		panic(fmt.Sprintf("oracle: got shape %v, want four dimensions", t.Shape))
	}
	return t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3]
}

// channels returns the length of the innermost dimension.
func (t *Tensor) channels() int { return t.Shape[len(t.Shape)-1] }

// filled returns a tensor of the given shape whose elements are all v.
func filled(v float64, shape ...int) *Tensor {
	t := NewTensor(shape...)
	for i := range t.Data {
		t.Data[i] = v
	}
	return t
}
