package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Weights are one convolution's or fully connected layer's weights, their packed forms and their
// gradient.
type Weights struct {
	Value    []float32 // [kernel][kernel][in][out], the variable DW
	Gradient []float32 // as Value, decay included
	Forward  []float32 // Value packed for the forward pass
	Backward []float32 // Value packed for the gradient of the input; nil where no gradient of the input is needed
	Partials Partials  // gradients of the groups

	// Of weights whose gradient is summed over the batch, instead of Partials: the batch's inputs,
	// then the gradients of its outputs; and each worker's abi.WeightBlockMemory elements.
	Kept, Blocks []float32
}

// packsBackward reports whether a batch needs Backward.
func (w *Weights) packsBackward(b *Batch) bool { return b.Training && w.Backward != nil }

// packWinograd rebuilds worker part's share of both packed forms, for one of Winograd's
// convolutions.
func (w *Weights) packWinograd(p *conv.WinogradPacking, b *Batch, part par.Part) {
	p.PackForward(w.Forward, w.Value, part)
	if w.packsBackward(b) {
		p.PackBackward(w.Backward, w.Value, part)
	}
}

// Reduce combines worker part's share of the groups' gradients into Gradient, with weight decay.
func (w *Weights) Reduce(decay float32, b *Batch, part par.Part) {
	w.Partials.Reduce(w.Gradient, w.Value, decay, b, part)
}

// Bias is the memory of the biases of a convolution or of the fully connected layer.
type Bias struct {
	Value, Gradient []float32
	Partials        Partials // gradients of the groups
}

// Add computes y = y + biases at each pixel of one image.
func (v *Bias) Add(y []float32) { f32.AddBias(y, v.Value) }

// Reduce combines worker part's share of the groups' gradients into Gradient.
func (v *Bias) Reduce(b *Batch, part par.Part) { v.Partials.Reduce(v.Gradient, v.Value, 0, b, part) }
