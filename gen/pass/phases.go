package pass

import (
	"fmt"
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// phases groups the operations into phases: maximal runs between two barriers. In a phase each
// image is visited once. A barrier stands where sums over the batch end, and between the forward
// and the backward pass. Phases recompute activations instead of storing them. Only convolution
// outputs, unit outputs and gradients take memory for a batch. Data of one phase alone lives in the
// worker's scratch.
func phases(g *ir.Graph) error {
	g.Phases = split(g.Ops)
	makers := map[*ir.Tensor]*ir.Op{}
	for _, op := range g.Ops {
		if op.Kind.Rematerializable() {
			makers[op.Out] = op
		}
	}
	for _, p := range g.Phases {
		recomputeActivations(g, p, makers)
	}
	g.Ops = nil
	if err := store(g); err != nil {
		return err
	}
	namePhases(g.Phases)
	return nil
}

// split cuts the operations at the barriers.
func split(ops []*ir.Op) []*ir.Phase {
	var phases []*ir.Phase
	var p *ir.Phase
	for _, op := range ops {
		if op.Kind.PerBatch() {
			p.Finish = append(p.Finish, op)
			continue
		}
		if p == nil || len(p.Finish) > 0 || p.Pass != op.Pass {
			p = &ir.Phase{Pass: op.Pass}
			phases = append(phases, p)
		}
		p.Ops = append(p.Ops, op)
	}
	return phases
}

// activationUse is a tensor as one phase needs it.
type activationUse struct {
	value *ir.Tensor
	halo  int
}

// recomputeActivations computes each activation that a phase reads where it is first needed, once
// with and once without a halo if both are read. A tensor that is not recomputed is copied into a
// halo if it is read in one.
func recomputeActivations(g *ir.Graph, p *ir.Phase, makers map[*ir.Tensor]*ir.Op) {
	copies := map[activationUse]*ir.Tensor{}
	var ops []*ir.Op
	for _, op := range p.Ops {
		if op.Kind.Rematerializable() {
			continue // recomputed below, where it is read
		}
		for i, t := range op.In {
			maker, key := makers[t], activationUse{t, haloFor(op, i)}
			if maker == nil {
				if key.halo == 0 {
					continue
				}
				maker = &ir.Op{Kind: ir.OpHalo, In: []*ir.Tensor{t}}
			}
			if copies[key] == nil {
				c := g.NewTensor(t.Unit, t.Field, t.Role, t.Shape)
				c.Layout.Halo, c.Storage = key.halo, ir.Scratch
				copies[key] = c
				made := *maker
				made.Out, made.Pass, made.Layer = c, p.Pass, op.Layer
				ops = append(ops, &made)
			}
			op.In[i] = copies[key]
		}
		ops = append(ops, op)
	}
	p.Ops = ops
}

// haloFor returns the zeros a side that an operation wants around an operand.
func haloFor(op *ir.Op, operand int) int {
	if operand == op.Operand(ir.ConvInput) {
		return op.Conv.Kernel / 2
	}
	return 0
}

// store decides which tensors live in the arena: those used by more than one phase, and the logits,
// which the caller reads. Unused tensors are dropped.
func store(g *ir.Graph) error {
	user := make(map[*ir.Tensor]*ir.Phase, len(g.Tensors)) // the first
	shared := map[*ir.Tensor]bool{}
	for _, p := range g.Phases {
		for _, op := range p.Ops {
			for t := range op.Tensors() {
				switch user[t] {
				case nil:
					user[t] = p
				case p:
				default:
					shared[t] = true
				}
			}
		}
	}
	g.Tensors = slices.DeleteFunc(g.Tensors, func(t *ir.Tensor) bool { return user[t] == nil })
	for _, t := range g.Tensors {
		switch {
		case shared[t] || t == g.Logits:
			if t.Layout != ir.Plain {
				return fmt.Errorf("tensor %s: got layout %s in the arena, want it in scratch only", t.Name(), t.Layout)
			}
			t.Storage = ir.Arena
		default:
			t.Storage = ir.Scratch
		}
	}
	return nil
}

// namePhases names each phase after a layer, no two of a pass after the same. A phase has the name
// of its first convolution on the main path. Phases without one are those of a shortcut's norm.
// Such a norm comes first in its forward phase, but last in its backward phase, unless the branch's
// norm follows, which its convolution's phase is named after.
func namePhases(phases []*ir.Phase) {
	type name struct {
		pass  ir.Pass
		layer string
	}
	taken := map[name]bool{}
	var rest []*ir.Phase
	for _, p := range phases {
		if p.Name = mainLayer(p); p.Name == "" {
			rest = append(rest, p)
		}
		taken[name{p.Pass, p.Name}] = true
	}
	for _, p := range rest {
		ops := slices.Clone(p.Ops)
		if p.Pass == ir.Backward {
			slices.Reverse(ops)
		}
		free := slices.IndexFunc(ops, func(op *ir.Op) bool { return !taken[name{p.Pass, op.Layer}] })
		p.Name = ops[max(free, 0)].Layer
		taken[name{p.Pass, p.Name}] = true
	}
}

// mainLayer is the layer of the phase's first convolution on the main path; empty without one.
func mainLayer(p *ir.Phase) string {
	for _, op := range p.Ops {
		if op.Conv != nil && !op.Conv.Shortcut {
			return op.Layer
		}
	}
	return ""
}
