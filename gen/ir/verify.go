package ir

import "fmt"

// Verify checks what holds of every graph between two passes: operations have the operands of their
// kind, of fitting shapes, and no tensor is read before it is written or written twice.
func (g *Graph) Verify() error {
	g.verified++
	i := 0
	for op := range g.AllOps() {
		if err := g.verifyOp(op); err != nil {
			return fmt.Errorf("op %d, %s of %s: %w", i, op.Kind, op.Layer, err)
		}
		i++
	}
	for _, p := range g.Phases {
		if err := p.verify(); err != nil {
			return fmt.Errorf("phase %s %s: %w", p.Name, p.Pass, err)
		}
	}
	return nil
}

func (g *Graph) verifyOp(op *Op) error {
	if most, least := op.Kind.info().arity(); len(op.In) > most || len(op.In) < least {
		return fmt.Errorf("got %d inputs, want %d", len(op.In), most)
	}
	for _, t := range op.In {
		if t.written != g.verified {
			return fmt.Errorf("reads %s before it is written", t.Name())
		}
	}
	for _, t := range op.Outs() {
		if written := t.written == g.verified; written != op.Accumulates() {
			return fmt.Errorf("writes %s: got written before %v, want %v", t.Name(), written, op.Accumulates())
		}
		t.written = g.verified
	}
	return op.verifyShapes()
}

func (op *Op) verifyShapes() error {
	if shapes := op.Kind.info().shapes; shapes != nil {
		for _, r := range shapes(op) {
			if r.got != r.want {
				return fmt.Errorf("%s: got %s, want %s", r.what, r.got, r.want)
			}
		}
	}
	if op.Norm != nil && len(op.In) > 0 {
		x := op.In[len(op.In)-1].Shape
		if op.Conv != nil {
			x = op.Conv.Out
		}
		if x != op.Norm.Shape {
			return fmt.Errorf("input of the norm: got %s, want %s", x, op.Norm.Shape)
		}
	}
	return nil
}

func (p *Phase) verify() error {
	for _, op := range p.Ops {
		if op.Kind.PerBatch() || op.Pass != p.Pass {
			return fmt.Errorf("got %s of pass %s among the operations on images", op.Kind, op.Pass)
		}
		for t := range op.Tensors() {
			if t.Storage == Undecided {
				return fmt.Errorf("tensor %s: got no storage, want arena or scratch", t.Name())
			}
		}
	}
	for _, op := range p.Finish {
		if !op.Kind.PerBatch() {
			return fmt.Errorf("got %s, which is for images, at the end", op.Kind)
		}
	}
	return nil
}
