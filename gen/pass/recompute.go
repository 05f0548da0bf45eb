package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// recompute trades time for memory. It cuts the units into segments of g.Recompute, and keeps only
// a segment's input for the backward pass. Before a segment's gradients the backward pass
// recomputes its convolutions' outputs by the forward pass's own operations, so the bits are the
// same. The norms' coefficients are kept, so nothing is summed again. The last segment is left as
// it is: its gradients follow at once.
//
// Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016, section 4.
func recompute(g *ir.Graph) error {
	if g.Recompute == 0 {
		return nil
	}
	r := &recomputation{
		g: g, makers: map[*ir.Tensor]*segment{}, kept: map[*ir.Tensor]bool{},
		activations: map[*ir.Tensor]bool{}, again: map[*ir.Tensor]*ir.Tensor{},
	}
	r.cut()
	r.readBackward()
	for _, s := range r.segments {
		r.find(s)
	}
	r.insert()
	return nil
}

// recomputation is the state of the pass.
type recomputation struct {
	g           *ir.Graph
	segments    []*segment
	makers      map[*ir.Tensor]*segment   // of the tensors that segments write
	kept        map[*ir.Tensor]bool       // read in the forward pass outside of the segment that makes it
	activations map[*ir.Tensor]bool       // they live in scratch, where they are read
	again       map[*ir.Tensor]*ir.Tensor // recomputed tensors that the backward pass needs
}

// segment is a run of units that is recomputed.
type segment struct {
	ops  []*ir.Op     // of the forward pass
	read []*ir.Tensor // their outputs that the backward pass reads, in its order
	at   int          // the first of g.Ops that reads a recomputed tensor
}

// cut finds the segments, their tensors, and which of these are kept: those read by another
// segment.
func (r *recomputation) cut() {
	ofUnit, of := map[string]*segment{}, map[string]*segment{} // by unit, and by layer
	chunks := slices.Collect(slices.Chunk(r.g.Units, r.g.Recompute))
	for _, units := range chunks[:len(chunks)-1] {
		s := &segment{at: -1}
		r.segments = append(r.segments, s)
		for _, unit := range units {
			ofUnit[unit] = s
		}
	}
	for _, l := range r.g.Layers {
		of[l.Name] = ofUnit[l.Unit]
	}
	for _, op := range r.g.Ops {
		if op.Pass != ir.Forward {
			continue
		}
		s := of[op.Layer]
		for _, t := range op.In {
			if r.makers[t] != s {
				r.kept[t] = true
			}
		}
		if s == nil {
			continue
		}
		s.ops = append(s.ops, op)
		for _, t := range op.Outs() {
			r.makers[t] = s
		}
		if op.Kind.Rematerializable() {
			r.activations[op.Out] = true
		}
	}
}

// readBackward gives each segment what the backward pass reads of it.
func (r *recomputation) readBackward() {
	for i, op := range r.g.Ops {
		if op.Pass != ir.Backward {
			continue
		}
		for _, t := range op.In {
			s := r.makers[t]
			if s == nil || r.kept[t] {
				continue
			}
			s.read = append(s.read, t)
			if s.at < 0 {
				s.at = i
			}
		}
	}
}

// find sets again: the tensors of a segment that the backward pass reads but the forward pass does
// not keep, and the tensors they are computed from.
func (r *recomputation) find(s *segment) {
	need := func(t *ir.Tensor) {
		if r.makers[t] != s || r.kept[t] || r.again[t] != nil {
			return
		}
		field := t.Field
		if !r.activations[t] {
			field += "Again"
		}
		r.again[t] = r.g.NewTensor(t.Unit, field, t.Role, t.Shape)
	}
	for _, t := range s.read {
		need(t)
	}
	for _, op := range slices.Backward(s.ops) {
		if r.again[op.Out] != nil {
			for _, t := range op.In {
				need(t)
			}
		}
	}
}

// repeat returns the operations that make a segment's tensors again, in a phase for each
// convolution of the main path, as those of the forward pass: a wait stands for a norm's
// statistics, which are known.
func (r *recomputation) repeat(s *segment) []*ir.Op {
	var ops []*ir.Op
	wait := false
	for _, op := range s.ops {
		if op.Kind == ir.OpFinish {
			wait = len(ops) > 0
		}
		if r.again[op.Out] == nil {
			continue
		}
		if wait && op.Operand(ir.ConvInput) >= 0 && !op.Conv.Shortcut {
			ops = append(ops, &ir.Op{Kind: ir.OpBarrier, Pass: ir.Recompute, Layer: op.Layer})
			wait = false
		}
		repeated := *op
		repeated.Pass, repeated.Out, repeated.In = ir.Recompute, r.again[op.Out], r.renamed(op.In)
		ops = append(ops, &repeated)
	}
	return ops
}

// renamed returns the tensors with those that are made again in their places.
func (r *recomputation) renamed(tensors []*ir.Tensor) []*ir.Tensor {
	tensors = slices.Clone(tensors)
	for i, t := range tensors {
		if again := r.again[t]; again != nil {
			tensors[i] = again
		}
	}
	return tensors
}

// insert puts each segment's operations before the first phase of the backward pass that needs
// them, and lets that phase read their results.
func (r *recomputation) insert() {
	before := map[int][]*ir.Op{}
	for _, s := range r.segments {
		at := s.at
		for at > 0 && r.g.Ops[at-1].Pass == ir.Backward && !r.g.Ops[at-1].Kind.PerBatch() {
			at--
		}
		before[at] = append(before[at], r.repeat(s)...)
	}
	var ops []*ir.Op
	for i, op := range r.g.Ops {
		ops = append(ops, before[i]...)
		if op.Pass == ir.Backward {
			op.In = r.renamed(op.In)
		}
		ops = append(ops, op)
	}
	r.g.Ops = ops
}
