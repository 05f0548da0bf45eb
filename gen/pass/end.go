package pass

import (
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// end groups the operations into phases, one a convolution on the main path, and joins what follows it there:
//
//	out = conv; out += x; a = leaky(norm(out))     becomes  y = conv; a = leaky(norm(y + x)), the sum kept where it is read
//	out = conv; out += pool(x); …                  becomes  y = conv; p = pool(x); a = leaky(norm(y + p)), …
//	y = conv; a = leaky(norm(y))                   becomes  y = conv; a = leaky(norm(y))
//
// Each activation is written in the layout in which the next convolution reads it; one that a shortcut reads too is copied.
func end(g *ir.Graph) error {
	e := &ending{g: g, read: readers(g), activations: map[*ir.Tensor]*ir.Op{}, summed: map[*ir.Tensor]bool{}, joined: map[*ir.Tensor]bool{}}
	for _, op := range g.Ops {
		switch {
		case op.Kind == ir.OpNormActivate:
			e.activations[op.In[0]] = op
		case op.Kind == ir.OpAdd:
			e.summed[op.In[0]] = true
		}
	}
	for _, op := range g.Ops {
		e.op(op)
	}
	g.Ops = nil
	g.Tensors = slices.DeleteFunc(g.Tensors, func(t *ir.Tensor) bool { return e.joined[t] })
	e.read = readers(g)
	for _, p := range g.Phases {
		e.copies(p)
	}
	for _, t := range g.Tensors {
		if t.Layout == "" {
			return fmt.Errorf("tensor %s: got no layout", t.Name())
		}
		t.Storage = ir.Scratch
	}
	return nil
}

// ending is the pass at work.
type ending struct {
	g           *ir.Graph
	read        map[*ir.Tensor][]*ir.Op // the readers of each tensor: first in g.Ops, then in the phases
	activations map[*ir.Tensor]*ir.Op   // by what they activate
	summed      map[*ir.Tensor]bool     // something is added to it
	joined      map[*ir.Tensor]bool     // it exists no more
	y           *ir.Tensor              // what the phase's convolution writes
}

func (e *ending) op(op *ir.Op) {
	switch op.Kind {
	case ir.OpImage:
		op.Out.Layout = ir.Halo
		e.phase().Ops = append(e.phase().Ops, op)
	case ir.OpConv:
		e.conv(op)
	case ir.OpAdd:
		e.end(op.Out, op.In[1])
	case ir.OpPool:
		op.Out.Layout = ir.Plain
		e.add(op)
	case ir.OpGlobalPool:
		op.Out.Layout = ir.Plain
		e.begin(op.Layer)
		e.add(op)
	case ir.OpBias:
		e.add(op)
	}
}

// conv begins a phase with a convolution of the main path, and ends it where nothing is added to it.
func (e *ending) conv(op *ir.Op) {
	op.Out.Layout = ir.Plain
	switch {
	case op.Conv.Shortcut, op.Out == e.g.Logits:
		e.add(op)
		return
	case len(e.g.Phases) == 0 || len(e.phase().Ops) != 1 || e.phase().Ops[0].Kind != ir.OpImage:
		e.begin(op.Layer)
	}
	y := op.Out
	if !e.summed[y] {
		y = e.g.NewTensor(op.Out.Unit, "y"+ir.Capital(op.Out.Field), "y", op.Out.Shape)
	}
	y.Layout = ir.Plain
	if op.Conv.Algorithm == ir.Winograd {
		y.Layout = ir.Tiled
	}
	e.y = y
	e.add(&ir.Op{Kind: ir.OpConv, Pass: op.Pass, Layer: op.Layer, In: op.In, Out: y, Conv: op.Conv})
	if !e.summed[op.Out] {
		e.end(op.Out, nil)
	}
}

// end ends the phase's convolution, of whose output a sum with another tensor, or it alone, is activated.
func (e *ending) end(out, add *ir.Tensor) {
	a := e.activations[out]
	op := &ir.Op{Kind: ir.OpEnd, Pass: ir.Forward, Layer: e.phase().Name, In: []*ir.Tensor{e.y}, Out: a.Out, Norm: a.Norm}
	if add != nil {
		op.Kind, op.In = ir.OpEndSum, append(op.In, add)
	}
	if slices.ContainsFunc(e.read[out], func(r *ir.Op) bool { return r.Kind != ir.OpNormActivate }) {
		out.Layout, op.Also = ir.Plain, out
	} else {
		e.joined[out] = true
	}
	e.add(op)
}

func (e *ending) begin(layer string) {
	e.g.Phases = append(e.g.Phases, &ir.Phase{Name: layer, Pass: ir.Forward})
}

// phase is the one that operations are added to.
func (e *ending) phase() *ir.Phase {
	if len(e.g.Phases) == 0 {
		e.begin("init/init_conv")
	}
	return e.g.Phases[len(e.g.Phases)-1]
}

func (e *ending) add(op *ir.Op) { e.phase().Ops = append(e.phase().Ops, op) }

// copies decides the layouts of a phase's activations, by who reads them, and adds a copy where that is more than one.
func (e *ending) copies(p *ir.Phase) {
	var ops []*ir.Op
	for _, op := range p.Ops {
		ops = append(ops, op)
		if op.Kind != ir.OpEnd && op.Kind != ir.OpEndSum {
			continue
		}
		byLayout := map[ir.Layout][]*ir.Op{}
		for _, r := range e.read[op.Out] {
			byLayout[layoutRead(r)] = append(byLayout[layoutRead(r)], r)
		}
		op.Out.Layout = ir.Plain
		if len(byLayout) == 1 {
			for layout := range byLayout {
				op.Out.Layout = layout
			}
			continue
		}
		for _, layout := range []ir.Layout{ir.Halo, ir.TiledHalo} {
			if byLayout[layout] == nil {
				continue
			}
			c := e.g.NewTensor(op.Out.Unit, op.Out.Field+"Haloed", op.Out.Role, op.Out.Shape)
			c.Layout = layout
			ops = append(ops, &ir.Op{Kind: ir.OpHalo, Pass: op.Pass, Layer: op.Layer, In: []*ir.Tensor{op.Out}, Out: c})
			for _, r := range byLayout[layout] {
				r.In[slices.Index(r.In, op.Out)] = c
			}
		}
	}
	p.Ops = ops
}

// layoutRead is the layout in which an operation reads an activation.
func layoutRead(op *ir.Op) ir.Layout {
	switch {
	case op.Kind != ir.OpConv || op.Conv.Kernel == 1:
		return ir.Plain
	case op.Conv.Algorithm == ir.Winograd:
		return ir.TiledHalo
	}
	return ir.Halo
}
