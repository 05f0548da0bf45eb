package pass

import (
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// gradients appends the backward pass: the forward operations in reverse, each as its transpose. A
// tensor's gradient is formed where the operation that made the tensor is passed, from the contributions
// of all that read it; so a shortcut's gradient is added in the visit that forms the sum.
func gradients(g *ir.Graph) error {
	d := &differentiation{g: g, gradient: map[*ir.Tensor]*ir.Tensor{}, pending: map[*ir.Tensor][]contribution{}}
	forward := slices.Clone(g.Ops)
	for _, op := range forward {
		if op.Kind == ir.OpImage {
			d.image = op.Out
		}
	}
	for _, op := range slices.Backward(forward) {
		if err := d.transpose(op); err != nil {
			return err
		}
	}
	d.reduceAll()
	return nil
}

// differentiation is the state of a backward sweep.
type differentiation struct {
	g        *ir.Graph
	image    *ir.Tensor                    // needs no gradient
	gradient map[*ir.Tensor]*ir.Tensor     // formed
	pending  map[*ir.Tensor][]contribution // not yet formed
	reduce   []*ir.Op                      // gradients whose groups are to be combined at the next barrier
}

// contribution is one summand of a tensor's gradient.
type contribution struct {
	layer string
	// write emits the operations that write the summand to out; nil for a summand that can only be added.
	write func(out *ir.Tensor)
	// add emits the operation that adds the summand to sum; nil for one that has to be written first.
	add func(sum *ir.Tensor)
	// same is the summand itself where it exists as a tensor.
	same *ir.Tensor
}

func (d *differentiation) emit(layer string, op *ir.Op) {
	op.Pass, op.Layer = ir.Backward, layer
	d.g.Add(op)
}

func (d *differentiation) contribute(x *ir.Tensor, c contribution) {
	d.pending[x] = append(d.pending[x], c)
}

// transpose handles one forward operation.
func (d *differentiation) transpose(op *ir.Op) error {
	switch op.Kind {
	case ir.OpImage, ir.OpMoments, ir.OpFinish:
		return nil
	case ir.OpLoss:
		d.gradient[op.In[0]] = op.Out
		return nil
	}
	dy, err := d.form(op.Out)
	if err != nil {
		return err
	}
	switch op.Kind {
	case ir.OpBias:
		d.emit(op.Layer, &ir.Op{Kind: ir.OpBiasGradient, In: []*ir.Tensor{dy}, Bias: op.Bias})
		d.reduce = append(d.reduce, &ir.Op{Kind: ir.OpReduce, Layer: op.Layer, Bias: op.Bias})
	case ir.OpAdd:
		d.contribute(op.In[1], contribution{layer: op.Layer, same: dy, add: func(sum *ir.Tensor) {
			d.emit(op.Layer, &ir.Op{Kind: ir.OpAdd, In: []*ir.Tensor{sum, dy}, Out: sum})
		}})
	case ir.OpPoolAdd:
		d.contribute(op.In[1], contribution{layer: op.Layer, add: func(sum *ir.Tensor) {
			d.emit(op.Layer, &ir.Op{Kind: ir.OpPoolGradientAdd, In: []*ir.Tensor{sum, dy}, Out: sum, Stride: op.Stride})
		}})
	case ir.OpGlobalPool:
		d.contribute(op.In[0], contribution{layer: op.Layer, write: func(out *ir.Tensor) {
			d.emit(op.Layer, &ir.Op{Kind: ir.OpGlobalPoolGradient, In: []*ir.Tensor{dy}, Out: out})
		}})
	case ir.OpConv:
		d.conv(op, dy)
	case ir.OpActivate:
		d.activate(op, dy)
	default:
		return fmt.Errorf("%s has no transpose", op.Kind)
	}
	return nil
}

func (d *differentiation) conv(op *ir.Op, dy *ir.Tensor) {
	weights := func() {
		d.emit(op.Layer, &ir.Op{Kind: ir.OpConvWeights, In: []*ir.Tensor{op.In[0], dy}, Conv: op.Conv})
		d.reduce = append(d.reduce, &ir.Op{Kind: ir.OpReduce, Layer: op.Layer, Conv: op.Conv})
	}
	if op.In[0] == d.image {
		weights()
		return
	}
	op.Conv.InputGradient = true
	d.contribute(op.In[0], contribution{layer: op.Layer, write: func(out *ir.Tensor) {
		weights()
		d.emit(op.Layer, &ir.Op{Kind: ir.OpConvData, In: []*ir.Tensor{dy}, Out: out, Conv: op.Conv})
	}})
}

// activate forms the gradient of the norm's output from that of the activation; that of its input can be
// had only after the barrier at which the norm's sums are complete.
func (d *differentiation) activate(op *ir.Op, da *ir.Tensor) {
	n, x := op.Norm, op.In[0]
	dz := d.g.NewTensor(n.Unit, "d"+ir.Capital(n.Field), "dz", x.Shape)
	d.emit(op.Layer, &ir.Op{Kind: ir.OpActivateGradient, In: []*ir.Tensor{da, x}, Out: dz, Norm: n})
	d.emit(op.Layer, &ir.Op{Kind: ir.OpFinishGradient, Norm: n}) // first: where ranks exchange the sums, the rest is done meanwhile
	d.reduceAll()
	d.contribute(x, contribution{layer: op.Layer, write: func(out *ir.Tensor) {
		d.emit(op.Layer, &ir.Op{Kind: ir.OpNormGradient, In: []*ir.Tensor{dz, x}, Out: out, Norm: n})
	}})
}

func (d *differentiation) reduceAll() {
	for _, op := range d.reduce {
		d.emit(op.Layer, op)
	}
	d.reduce = nil
}

// form emits a tensor's gradient: first what can be written, the last reader's first, then what is added.
func (d *differentiation) form(x *ir.Tensor) (*ir.Tensor, error) {
	if dx := d.gradient[x]; dx != nil {
		return dx, nil
	}
	summands := d.pending[x]
	if len(summands) == 1 && summands[0].same != nil {
		d.gradient[x] = summands[0].same
		return summands[0].same, nil
	}
	dx := d.g.NewTensor(x.Unit, "d"+ir.Capital(x.Field), "d"+x.Role, x.Shape)
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
			d.emit(c.layer, &ir.Op{Kind: ir.OpAdd, In: []*ir.Tensor{dx, t}, Out: dx})
		}
	}
	if !written {
		return nil, fmt.Errorf("nothing writes the gradient of %s", x.Name())
	}
	for _, c := range summands {
		if c.add != nil {
			c.add(dx)
		}
	}
	return dx, nil
}
