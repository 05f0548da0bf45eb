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
	if len(op.In) != inputs[op.Kind] {
		return fmt.Errorf("got %d inputs, want %d", len(op.In), inputs[op.Kind])
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
	type pair struct {
		what      string
		got, want Shape
	}
	var pairs []pair
	switch op.Kind {
	case OpConv:
		pairs = []pair{{"input", op.In[0].Shape, op.Conv.In}, {"output", op.Out.Shape, op.Conv.Out}}
	case OpConvData:
		pairs = []pair{{"gradient of the output", op.In[0].Shape, op.Conv.Out}, {"gradient of the input", op.Out.Shape, op.Conv.In}}
	case OpConvWeights:
		pairs = []pair{{"input", op.In[0].Shape, op.Conv.In}, {"gradient of the output", op.In[1].Shape, op.Conv.Out}}
	case OpAdd, OpNormGradient, OpActivateGradient:
		pairs = []pair{{"second input", op.In[1].Shape, op.In[0].Shape}, {"output", op.Out.Shape, op.In[0].Shape}}
	case OpStoreSum:
		pairs = []pair{{"second input", op.In[1].Shape, op.In[0].Shape}, {"output", op.Out.Shape, op.In[0].Shape}}
	case OpNormGradientSum:
		pairs = []pair{{"third input", op.In[2].Shape, op.In[0].Shape}, {"output", op.Out.Shape, op.In[0].Shape}}
		if op.Also != nil {
			pairs = append(pairs, pair{"halo", op.Also.Shape, op.In[0].Shape})
		}
	case OpActivate, OpBias, OpLoss, OpStore, OpHalo, OpEnd:
		pairs = []pair{{"output", op.Out.Shape, op.In[0].Shape}}
	case OpEndSum:
		pairs = []pair{{"second input", op.In[1].Shape, op.In[0].Shape}, {"output", op.Out.Shape, op.In[0].Shape}}
	case OpPool:
		pairs = []pair{{"output", op.Out.Shape, pooled(op.In[0].Shape, op.Stride, op.Out.Shape.C)}}
	case OpPoolAdd:
		pairs = []pair{{"output", op.Out.Shape, pooled(op.In[1].Shape, op.Stride, op.Out.Shape.C)}}
	case OpPoolGradientAdd:
		pairs = []pair{{"input", op.In[1].Shape, pooled(op.Out.Shape, op.Stride, op.In[1].Shape.C)}}
	}
	for _, p := range pairs {
		if p.got != p.want {
			return fmt.Errorf("%s: got %s, want %s", p.what, p.got, p.want)
		}
	}
	if op.Norm != nil && len(op.In) > 0 {
		x := op.In[len(op.In)-1]
		if x.Shape != op.Norm.Shape {
			return fmt.Errorf("input: got %s, want %s", x.Shape, op.Norm.Shape)
		}
	}
	return nil
}

func pooled(s Shape, stride, channels int) Shape { return Shape{s.H / stride, s.W / stride, channels} }

func (p *Phase) verify() error {
	for _, op := range p.Ops {
		if op.Kind.Between() || op.Pass != p.Pass {
			return fmt.Errorf("got %s of pass %s among the operations on images", op.Kind, op.Pass)
		}
		for t := range op.Tensors() {
			if t.Storage == Undecided {
				return fmt.Errorf("tensor %s: got no storage, want arena or scratch", t.Name())
			}
		}
	}
	for _, op := range p.Finish {
		if !op.Kind.Between() {
			return fmt.Errorf("got %s, which is for images, at the end", op.Kind)
		}
	}
	return nil
}
