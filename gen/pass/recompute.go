package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// remake trades time for memory: units are cut into segments of g.Recompute, of which only the input is kept for the
// backward pass; before the gradients of a segment the backward pass makes its convolutions' outputs again, by the
// forward pass's own operations, so that the bits are the same. The norms' coefficients are kept, so nothing is summed
// again. The last segment is left as it is: its gradients follow at once.
//
// Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, section 4.
func remake(g *ir.Graph) error {
	if g.Recompute == 0 {
		return nil
	}
	segments := slices.Collect(slices.Chunk(g.UnitScopes(), g.Recompute))
	for _, units := range segments[:len(segments)-1] {
		s := &segment{g: g, again: map[*ir.Tensor]*ir.Tensor{}}
		for _, op := range g.Ops {
			if op.Pass == ir.Forward && slices.Contains(units, op.Unit()) {
				s.ops = append(s.ops, op)
			}
		}
		s.find()
		s.insert(s.repeat())
	}
	return nil
}

// segment is a run of units that is made again.
type segment struct {
	g     *ir.Graph
	ops   []*ir.Op                  // of the forward pass
	again map[*ir.Tensor]*ir.Tensor // what the backward pass needs of them, made again
}

// find fills in again: what the backward pass reads of the segment but for its output, which is kept, and what that is
// made of.
func (s *segment) find() {
	made := map[*ir.Tensor]bool{}
	for _, op := range s.ops {
		for _, t := range op.Outs() {
			made[t] = true
		}
	}
	for _, op := range s.g.Ops {
		if op.Pass == ir.Forward && !slices.Contains(s.ops, op) {
			for _, t := range op.In {
				delete(made, t) // read by the next segment: kept
			}
		}
	}
	need := func(t *ir.Tensor) {
		if made[t] && s.again[t] == nil {
			field := t.Field
			if !isActivation(s.ops, t) {
				field += "Again"
			}
			s.again[t] = s.g.NewTensor(t.Unit, field, t.Role, t.Shape)
		}
	}
	for _, op := range s.g.Ops {
		if op.Pass == ir.Backward {
			for _, t := range op.In {
				need(t)
			}
		}
	}
	for _, op := range slices.Backward(s.ops) {
		if s.again[op.Out] != nil {
			for _, t := range op.In {
				need(t)
			}
		}
	}
}

// isActivation reports whether a tensor is an activation: it lives in scratch, where it is read.
func isActivation(ops []*ir.Op, t *ir.Tensor) bool {
	return slices.ContainsFunc(ops, func(op *ir.Op) bool { return op.Kind == ir.OpActivate && op.Out == t })
}

// repeat returns the operations that make the segment's tensors again, in phases as those of the forward pass: a wait
// stands for a norm's statistics, which are known.
func (s *segment) repeat() []*ir.Op {
	var ops []*ir.Op
	wait := false
	for _, op := range s.ops {
		if op.Kind == ir.OpFinish {
			wait = len(ops) > 0
		}
		if s.again[op.Out] == nil {
			continue
		}
		if wait && op.Kind != ir.OpActivate {
			ops = append(ops, &ir.Op{Kind: ir.OpWait, Pass: ir.Recompute, Layer: op.Layer})
			wait = false
		}
		repeated := *op
		repeated.Pass, repeated.Out, repeated.In = ir.Recompute, s.again[op.Out], s.renamed(op.In)
		ops = append(ops, &repeated)
	}
	return ops
}

// renamed returns the tensors with those that are made again in their places.
func (s *segment) renamed(tensors []*ir.Tensor) []*ir.Tensor {
	tensors = slices.Clone(tensors)
	for i, t := range tensors {
		if again := s.again[t]; again != nil {
			tensors[i] = again
		}
	}
	return tensors
}

// insert puts the operations before the phase of the backward pass that needs them first, and lets that pass read what
// they make.
func (s *segment) insert(ops []*ir.Op) {
	at := -1
	for i, op := range s.g.Ops {
		if op.Pass != ir.Backward {
			continue
		}
		if at < 0 && slices.ContainsFunc(op.In, func(t *ir.Tensor) bool { return s.again[t] != nil }) {
			at = i
		}
		op.In = s.renamed(op.In)
	}
	for at > 0 && s.g.Ops[at-1].Pass == ir.Backward && !s.g.Ops[at-1].Kind.Between() {
		at--
	}
	s.g.Ops = slices.Insert(s.g.Ops, at, ops...)
}
