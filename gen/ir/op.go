package ir

import "iter"

// Op is an operation. Which of the fields behind Out are set depends on its kind.
type Op struct {
	Kind      Kind
	Pass      Pass
	Layer     string // the layer it is part of
	Name      string // of a forward operation of the spec: the scope of its variables; without variables, that of what it is part of
	In        []*Tensor
	Out       *Tensor
	SecondOut *Tensor // written too: of OpEpilogue what is activated, of OpMaxPool the taps, of others Out in a halo; may be nil

	Conv         *Conv
	Norm         *Norm
	ShortcutNorm *Norm  // of OpActivateSum: that of the shortcut; may be nil
	Bias         *Bias  // in an inference, of a convolution that adds it
	Window       Window // of a pool
	Stream       bool   // Out is written past the caches
}

// Window is what an output of a pool sees: a square of Kernel×Kernel pixels. Neighbours are Stride
// pixels apart. A max pool's has padding as a [Conv].
type Window struct {
	Kernel, Stride int
	Symmetric      bool
}

// over returns the shape of a max pool's output: its padding rounds sizes up.
func (w Window) over(s Shape) Shape {
	return Shape{(s.H + w.Stride - 1) / w.Stride, (s.W + w.Stride - 1) / w.Stride, s.C}
}

// Outs returns the tensors that the operation writes.
func (op *Op) Outs() []*Tensor {
	switch {
	case op.Out == nil:
		return nil
	case op.SecondOut == nil:
		return []*Tensor{op.Out}
	}
	return []*Tensor{op.Out, op.SecondOut}
}

// Tensors yields the tensors that the operation reads, then those that it writes.
func (op *Op) Tensors() iter.Seq[*Tensor] {
	return func(yield func(*Tensor) bool) {
		for _, t := range op.In {
			if !yield(t) {
				return
			}
		}
		if op.Out != nil && yield(op.Out) && op.SecondOut != nil {
			yield(op.SecondOut)
		}
	}
}
