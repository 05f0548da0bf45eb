package ir

import (
	"strings"
	"testing"
)

// small is a graph of one convolution and an addition.
func small() *Graph {
	g := &Graph{Name: "small"}
	shape := Shape{H: 2, W: 2, C: 1}
	c := &Conv{Kernel: 1, Stride: 1, In: shape, Out: shape, Weights: &Variable{Name: "DW", Shape: []int{1, 1, 1, 1}}}
	x, y := g.NewTensor("init", "image", "x", shape), g.NewTensor("init", "out", "y", shape)
	g.Add(&Op{Kind: OpImage, Out: x})
	g.Add(&Op{Kind: OpConv, In: []*Tensor{x}, Out: y, Conv: c})
	g.Add(&Op{Kind: OpAddTo, In: []*Tensor{y, x}, Out: y})
	return g
}

// TestVerify breaks a right graph in each way that Verify looks for.
func TestVerify(t *testing.T) {
	if err := small().Verify(); err != nil {
		t.Fatalf("a right graph: got error %v", err)
	}
	for want, spoil := range map[string]func(*Graph){
		"reads init/out before it is written": func(g *Graph) {
			g.Ops = g.Ops[:0]
			g.Add(&Op{Kind: OpNormActivate, In: []*Tensor{g.Tensors[1]}, Out: g.Tensors[0]})
		},
		"got 0 inputs, want 1":                            func(g *Graph) { g.Ops[1].In = nil },
		"writes init/image: got written before true":      func(g *Graph) { g.Ops[1].Out = g.Tensors[0] },
		"input: got 3×2×1, want 2×2×1":                    func(g *Graph) { g.Tensors[0].Shape.H = 3 },
		"output: got 2×2×5, want 2×2×1":                   func(g *Graph) { g.Tensors[1].Shape.C = 5 },
		"writes init/out: got written before false, want": func(g *Graph) { g.Ops = append(g.Ops[:1], g.Ops[2]); g.Ops[1].In[0] = g.Tensors[0] },
	} {
		g := small()
		spoil(g)
		if err := g.Verify(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestVerifyPhase breaks a right phase.
func TestVerifyPhase(t *testing.T) {
	phased := func() *Graph {
		g := small()
		for _, x := range g.Tensors {
			x.Storage = Scratch
		}
		for _, op := range g.Ops {
			op.Pass = Forward
		}
		g.Phases, g.Ops = []*Phase{{Name: "init", Pass: Forward, Ops: g.Ops}}, nil
		return g
	}
	if err := phased().Verify(); err != nil {
		t.Fatalf("a right phase: got error %v", err)
	}
	for want, spoil := range map[string]func(*Graph){
		"got no storage":                              func(g *Graph) { g.Tensors[0].Storage = Undecided },
		"got conv of pass backward among":             func(g *Graph) { g.Phases[0].Ops[1].Pass = Backward },
		"got add_to, which is for images, at the end": func(g *Graph) { p := g.Phases[0]; p.Finish, p.Ops = p.Ops[2:], p.Ops[:2] },
	} {
		g := phased()
		spoil(g)
		if err := g.Verify(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}
