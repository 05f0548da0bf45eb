package pass

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// epilogues groups the operations into phases, one a convolution or a pool on the main path, and
// joins what follows it there:
//
//	y = conv; out = y + x; a = leaky(norm(out))     becomes  y = conv; a = leaky(norm(y + x)), the sum kept where it is read
//	y = conv; a = leaky(norm(y))                   becomes  y = conv; a = leaky(norm(y))
//
// Each activation is written in the layout of the next convolution's input. If a shortcut reads it
// too, it is copied.
func epilogues(g *ir.Graph) error {
	e := &fusion{g: g, read: readers(g), activations: map[*ir.Tensor]*ir.Op{}, summed: map[*ir.Tensor]bool{}, added: map[*ir.Tensor]bool{}, joined: map[*ir.Tensor]bool{}}
	for _, op := range g.Ops {
		switch {
		case op.Kind == ir.OpNormActivate:
			e.activations[op.In[0]] = op
		case op.Kind == ir.OpAdd:
			e.summed[op.In[0]], e.added[op.In[1]] = true, true
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
	return nil
}

// fusion is the pass at work.
type fusion struct {
	g           *ir.Graph
	read        map[*ir.Tensor][]*ir.Op // the readers of each tensor: first in g.Ops, then in the phases
	activations map[*ir.Tensor]*ir.Op   // by what they activate
	summed      map[*ir.Tensor]bool     // something is added to it
	added       map[*ir.Tensor]bool     // it is added to something: a shortcut
	joined      map[*ir.Tensor]bool     // it exists no more
	y           *ir.Tensor              // what the phase's convolution, or pool, writes
}

func (e *fusion) op(op *ir.Op) {
	switch {
	case op.Kind == ir.OpImage:
		e.lay(op.Out, layoutRead(e.read[op.Out][0]))
		e.begin(op.Layer)
		e.add(op)
	case op.Kind == ir.OpConv:
		e.conv(op)
	case op.Kind == ir.OpAdd:
		e.epilogue(op.Out, op.In[1])
	case e.mainPool(op):
		e.begin(op.Layer)
		e.main(op, ir.Plain)
	case op.Kind.IsPool():
		e.lay(op.Out, ir.Plain)
		e.add(op)
	case op.Kind == ir.OpGlobalPool:
		e.lay(op.Out, ir.Plain)
		e.begin(op.Layer)
		e.add(op)
	case op.Kind == ir.OpNormalize && e.added[op.Out]: // of a shortcut
		e.lay(op.Out, ir.Plain)
		e.add(op)
	case op.Kind == ir.OpNormActivate: // it is in an epilogue
	default:
		panic(fmt.Sprintf("%s of %s: no place in an inference", op.Kind, op.Layer))
	}
}

// mainPool reports whether an operation is a pool of the main path, whose output is not only added
// to something.
func (e *fusion) mainPool(op *ir.Op) bool {
	return op.Kind.IsPool() && !(e.added[op.Out] && len(e.read[op.Out]) == 1)
}

// conv begins a phase with a convolution of the main path.
func (e *fusion) conv(op *ir.Op) {
	switch {
	case op.Conv.Shortcut, op.Out == e.g.Logits:
		e.lay(op.Out, ir.Plain)
		e.add(op)
		return
	case len(e.g.Phases) == 0 || len(e.phase().Ops) != 1 || e.phase().Ops[0].Kind != ir.OpImage:
		e.begin(op.Layer)
	}
	e.main(op, ir.Layout{Tiled: op.Conv.Algorithm == ir.Winograd})
}

// main adds the phase's main operation, with the layout of its output. It ends the phase if the
// output is activated and nothing is added to it. A pool that reads the output has a phase of its
// own, since windows reach into other workers' rows.
func (e *fusion) main(op *ir.Op, layout ir.Layout) {
	out := op.Out
	e.lay(out, ir.Plain)
	main := *op
	e.y = out
	activated := !e.summed[out] && e.activations[out] != nil
	if activated {
		e.y = e.g.NewTensor(out.Unit, "y"+ir.Capitalize(out.Field), "y", out.Shape)
		main.Out = e.y
	}
	e.lay(e.y, layout)
	e.add(&main)
	if activated {
		e.epilogue(out, nil)
	}
}

// epilogue ends the phase, of whose output a sum with another tensor, or it alone, is activated.
func (e *fusion) epilogue(out, add *ir.Tensor) {
	a := e.activations[out]
	if a == nil {
		panic(fmt.Sprintf("%s: nothing normalizes and activates it", out.Name()))
	}
	op := &ir.Op{Kind: ir.OpEpilogue, Pass: ir.Forward, Layer: e.phase().Name, In: []*ir.Tensor{e.y}, Out: a.Out, Norm: a.Norm}
	if add != nil {
		op.In = append(op.In, add)
	}
	if slices.ContainsFunc(e.read[out], func(r *ir.Op) bool { return r.Kind != ir.OpNormActivate }) {
		e.lay(out, ir.Plain)
		op.SecondOut = out
	} else {
		e.joined[out] = true
	}
	e.add(op)
}

func (e *fusion) begin(layer string) {
	e.g.Phases = append(e.g.Phases, &ir.Phase{Name: layer, Pass: ir.Forward})
}

// phase is the one that operations are added to.
func (e *fusion) phase() *ir.Phase { return e.g.Phases[len(e.g.Phases)-1] }

func (e *fusion) add(op *ir.Op) { e.phase().Ops = append(e.phase().Ops, op) }

// copies decides the layouts of a phase's activations, by who reads them, and adds a copy where
// that is more than one. A pool of the main path only writes images without a border.
func (e *fusion) copies(p *ir.Phase) {
	var ops []*ir.Op
	for _, op := range p.Ops {
		ops = append(ops, op)
		pool := e.mainPool(op)
		if op.Kind != ir.OpEpilogue && !pool {
			continue
		}
		byLayout := map[ir.Layout][]*ir.Op{}
		for _, r := range e.read[op.Out] {
			byLayout[layoutRead(r)] = append(byLayout[layoutRead(r)], r)
		}
		e.lay(op.Out, ir.Plain)
		if len(byLayout) == 1 && !pool {
			for layout := range byLayout {
				e.lay(op.Out, layout)
			}
			continue
		}
		for _, layout := range layouts(byLayout) {
			c := e.g.NewTensor(op.Out.Unit, op.Out.Field+"Haloed", op.Out.Role, op.Out.Shape)
			e.lay(c, layout)
			ops = append(ops, &ir.Op{Kind: ir.OpHalo, Pass: op.Pass, Layer: op.Layer, In: []*ir.Tensor{op.Out}, Out: c})
			for _, r := range byLayout[layout] {
				r.In[slices.Index(r.In, op.Out)] = c
			}
		}
	}
	p.Ops = ops
}

// layouts lists those around which there is something: narrow halos first, and whole tiles last.
func layouts(readers map[ir.Layout][]*ir.Op) []ir.Layout {
	delete(readers, ir.Plain)
	return slices.SortedFunc(maps.Keys(readers), func(a, b ir.Layout) int {
		if a.Tiled != b.Tiled {
			return map[bool]int{false: -1, true: 1}[a.Tiled]
		}
		return cmp.Compare(a.Halo, b.Halo)
	})
}

// layoutRead is the layout in which an operation reads an activation.
func layoutRead(op *ir.Op) ir.Layout {
	if op.Kind != ir.OpConv {
		return ir.Plain
	}
	return ir.Layout{Halo: op.Conv.Kernel / 2, Tiled: op.Conv.Algorithm == ir.Winograd}
}

// lay gives a tensor its layout, in the memory of a chunk.
func (e *fusion) lay(t *ir.Tensor, l ir.Layout) { t.Layout, t.Storage = l, ir.Scratch }
