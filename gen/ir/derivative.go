package ir

import (
	"fmt"
	"slices"
)

// Differentiation appends a graph's backward pass: the transposes of the forward operations, in
// reverse. The table of operations has each transpose. A tensor's gradient is formed at the
// operation that made the tensor, from the contributions of all its readers. So a shortcut's
// gradient is added in the visit that forms the sum.
type Differentiation struct {
	g        *Graph
	image    *Tensor                    // needs no gradient
	gradient map[*Tensor]*Tensor        // formed
	pending  map[*Tensor][]contribution // not yet formed
	reduce   []*Op                      // gradients whose groups are to be combined at the next barrier
}

// contribution is one summand of a tensor's gradient.
type contribution struct {
	layer string
	// write emits the operations that write the summand to out. It is nil for a summand that can
	// only be added.
	write func(out *Tensor)
	// add emits the operation that adds the summand to sum. It is nil for a summand that must be
	// written first.
	add func(sum *Tensor)
	// same is the summand itself where it exists as a tensor.
	same *Tensor
}

// Differentiate appends the backward pass.
func Differentiate(g *Graph) error {
	d := &Differentiation{g: g, gradient: map[*Tensor]*Tensor{}, pending: map[*Tensor][]contribution{}}
	forward := slices.Clone(g.Ops)
	for _, op := range forward {
		if op.Kind == OpImage {
			d.image = op.Out
		}
	}
	for _, op := range slices.Backward(forward) {
		derivative := op.Kind.info().derivative
		if derivative == nil {
			return fmt.Errorf("%s of %s has no derivative", op.Kind, op.Layer)
		}
		derivative(d, op)
	}
	d.reduceAll()
	return nil
}

func (d *Differentiation) emit(layer string, op *Op) {
	op.Pass, op.Layer = Backward, layer
	d.g.Add(op)
}

func (d *Differentiation) contribute(x *Tensor, c contribution) {
	d.pending[x] = append(d.pending[x], c)
}

func (d *Differentiation) reduceAll() {
	for _, op := range d.reduce {
		d.emit(op.Layer, op)
	}
	d.reduce = nil
}

// form emits a tensor's gradient. Operations that write it come first, the last reader's before the
// others, then those that add.
func (d *Differentiation) form(x *Tensor) *Tensor {
	if dx := d.gradient[x]; dx != nil {
		return dx
	}
	summands := d.pending[x]
	if len(summands) == 1 && summands[0].same != nil {
		d.gradient[x] = summands[0].same
		return summands[0].same
	}
	dx := d.g.NewTensor(x.Unit, "d"+Capitalize(x.Field), "d"+x.Role, x.Shape)
	d.gradient[x] = dx
	slices.Reverse(summands)
	written := false
	for _, c := range summands {
		switch {
		case c.write == nil:
		case !written:
			c.write(dx)
			written = true
		default:
			t := d.g.NewTensor(x.Unit, dx.Field+"Summand", "t", x.Shape)
			c.write(t)
			d.emit(c.layer, &Op{Kind: OpAddTo, In: []*Tensor{dx, t}, Out: dx})
		}
	}
	if !written {
		panic(fmt.Sprintf("nothing writes the gradient of %s", x.Name()))
	}
	for _, c := range summands {
		if c.add != nil {
			c.add(dx)
		}
	}
	return dx
}

func noGradient(*Differentiation, *Op) {}

// lossGradient takes what the loss has written with its value: the gradient of the logits.
func lossGradient(d *Differentiation, op *Op) { d.gradient[op.In[0]] = op.Out }

func biasGradient(d *Differentiation, op *Op) {
	dy := d.form(op.Out)
	d.emit(op.Layer, &Op{Kind: OpBiasGradient, In: []*Tensor{dy}, Bias: op.Bias})
	d.reduce = append(d.reduce, &Op{Kind: OpReduce, Layer: op.Layer, Bias: op.Bias})
}

func addGradient(d *Differentiation, op *Op) {
	dy := d.form(op.Out)
	for _, x := range op.In {
		d.contribute(x, contribution{layer: op.Layer, same: dy, add: func(sum *Tensor) {
			d.emit(op.Layer, &Op{Kind: OpAddTo, In: []*Tensor{sum, dy}, Out: sum})
		}})
	}
}

// written returns the derivative of an operation with one operand. An operation of another kind
// writes its gradient, from the output's gradient and other inputs.
func written(kind Kind, reads func(*Differentiation, *Op) []*Tensor) func(*Differentiation, *Op) {
	return func(d *Differentiation, op *Op) {
		in := append([]*Tensor{d.form(op.Out)}, reads(d, op)...)
		d.contribute(op.In[0], contribution{layer: op.Layer, write: func(out *Tensor) {
			d.emit(op.Layer, &Op{Kind: kind, In: in, Out: out, Window: op.Window})
		}})
	}
}

// added is as written where an operation adds the gradient to a sum.
func added(kind Kind) func(*Differentiation, *Op) {
	return func(d *Differentiation, op *Op) {
		dy := d.form(op.Out)
		d.contribute(op.In[0], contribution{layer: op.Layer, add: func(sum *Tensor) {
			d.emit(op.Layer, &Op{Kind: kind, In: []*Tensor{sum, dy}, Out: sum, Window: op.Window})
		}})
	}
}

// maxPoolGradient lets the pool write the taps of its maxima, by which the gradient finds the way
// back.
func maxPoolGradient(d *Differentiation, op *Op) {
	dy := d.form(op.Out)
	taps := d.g.NewTensor(op.Out.Unit, op.Out.Field+"Taps", "t", op.Out.Shape)
	op.SecondOut = taps
	d.contribute(op.In[0], contribution{layer: op.Layer, write: func(out *Tensor) {
		d.emit(op.Layer, &Op{Kind: OpMaxPoolGradient, In: []*Tensor{dy, taps}, Out: out, Window: op.Window})
	}})
}

// nothing and signs are what the operation that writes a gradient reads besides.
func nothing(*Differentiation, *Op) []*Tensor { return nil }

// signs is the output of an activation, which others read too: its signs, that of −0 too, tell
// where the activated was below 0.
func signs(_ *Differentiation, op *Op) []*Tensor { return []*Tensor{op.Out} }

func convGradient(d *Differentiation, op *Op) {
	dy := d.form(op.Out)
	weights := func() {
		d.emit(op.Layer, &Op{Kind: OpConvWeights, In: []*Tensor{op.In[0], dy}, Conv: op.Conv})
		d.reduce = append(d.reduce, &Op{Kind: OpReduce, Layer: op.Layer, Conv: op.Conv})
	}
	if op.In[0] == d.image {
		weights()
		return
	}
	op.Conv.InputGradient = true
	d.contribute(op.In[0], contribution{layer: op.Layer, write: func(out *Tensor) {
		weights()
		d.emit(op.Layer, &Op{Kind: OpConvData, In: []*Tensor{dy}, Out: out, Conv: op.Conv})
	}})
}

func normalizeGradient(d *Differentiation, op *Op) {
	dz := d.form(op.Out)
	d.emit(op.Layer, &Op{Kind: OpNormSums, In: []*Tensor{dz, op.In[0]}, Norm: op.Norm})
	d.throughNorm(op, dz)
}

func normActivateGradient(d *Differentiation, op *Op) {
	da, n, x := d.form(op.Out), op.Norm, op.In[0]
	dz := d.g.NewTensor(n.Unit, "d"+Capitalize(n.Field), "dz", x.Shape)
	d.emit(op.Layer, &Op{Kind: OpActivateGradient, In: []*Tensor{da, x}, Out: dz, Norm: n})
	d.throughNorm(op, dz)
}

// throughNorm contributes to the gradient of a norm's input, from that of its output. It can be had
// only after the barrier at which the norm's sums are complete.
func (d *Differentiation) throughNorm(op *Op, dz *Tensor) {
	n, x := op.Norm, op.In[0]
	d.emit(op.Layer, &Op{Kind: OpFinishGradient, Norm: n}) // first: where ranks exchange the sums, the rest is done meanwhile
	d.reduceAll()
	d.contribute(x, contribution{layer: op.Layer, write: func(out *Tensor) {
		d.emit(op.Layer, &Op{Kind: OpNormGradient, In: []*Tensor{dz, x}, Out: out, Norm: n})
	}})
}
