package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// Inference lists the passes from the forward pass to a network that only predicts, in the order
// they run; see passOrder.
var Inference = []Pass{
	{"forward", "drop statistics and the loss, which only training needs; let convolutions add their biases", forward},
	{"fuse", "join normalizations and activations", fuse},
	{"fold", "fold each norm that alone reads a convolution into its weights", fold},
	{"select", "choose each convolution's algorithm by its shape", selectForward},
	{"epilogue", "fuse what follows each convolution into one pass: shortcut, norm, leaky, into the layout that is read next", epilogues},
	{"join", "join each convolution with its epilogue, which visits its output band by band", joinEpilogues},
	{"place", "place the tensors of a chunk of images", place},
}

// forward drops the operations that only training needs. A convolution adds its biases itself.
func forward(g *ir.Graph) error {
	g.Ops = slices.DeleteFunc(g.Ops, func(op *ir.Op) bool {
		return op.Kind.IsStatistics() || op.Kind == ir.OpLoss || op.Kind == ir.OpBias
	})
	for _, op := range g.Ops {
		if op.Kind == ir.OpConv {
			op.Bias = op.Conv.Bias
		}
	}
	read := readers(g)
	g.Tensors = slices.DeleteFunc(g.Tensors, func(t *ir.Tensor) bool { return read[t] == nil && t != g.Logits })
	return nil
}

// readers lists the operations that read each tensor, in order.
func readers(g *ir.Graph) map[*ir.Tensor][]*ir.Op {
	read := make(map[*ir.Tensor][]*ir.Op, len(g.Tensors))
	for op := range g.AllOps() {
		for i, t := range op.In {
			if !slices.Contains(op.In[:i], t) {
				read[t] = append(read[t], op)
			}
		}
	}
	return read
}

// fold folds norms into the weights of the convolutions before them, where nothing else reads the
// output between them:
//
//	y = conv; a = leaky(norm(y))                   becomes  y = scaled conv; a = leaky(y + shift)
//	y = conv; out = norm(y) + x; a = leaky(out)    becomes  y = scaled conv; a = leaky(y + x + shift)
//
// A folded norm takes the convolution's biases with its shift. The shift is part of the activation,
// since one epilogue adds x and activates. If x is a norm of a convolution, too, so is its shift.
func fold(g *ir.Graph) error {
	f := &folding{read: readers(g), makers: map[*ir.Tensor]*ir.Op{}}
	moved := map[*ir.Op]bool{} // norms that stand behind the sum now
	for _, op := range g.Ops {
		if op.Out != nil && !op.Accumulates() {
			f.makers[op.Out] = op
		}
		switch op.Kind {
		case ir.OpNormActivate:
			if conv := f.before(op, 0, ir.OpConv); conv != nil {
				foldInto(conv, op.Norm)
			}
		case ir.OpNormalize: // of a shortcut: its shift stays, unless a sum's activation takes it
			if conv := f.before(op, 0, ir.OpConv); conv != nil && conv.Conv.Shortcut {
				foldInto(conv, op.Norm)
			}
		case ir.OpActivate:
			for _, norm := range f.behindSum(op) {
				moved[norm] = true
			}
		}
	}
	g.Ops = slices.DeleteFunc(g.Ops, func(op *ir.Op) bool { return moved[op] })
	g.Tensors = slices.DeleteFunc(g.Tensors, func(t *ir.Tensor) bool { return moved[f.makers[t]] })
	return nil
}

// folding is the pass at work.
type folding struct {
	read   map[*ir.Tensor][]*ir.Op
	makers map[*ir.Tensor]*ir.Op
}

// before returns the operation of a kind that makes an operand, if only op reads that operand; else
// nil.
func (f *folding) before(op *ir.Op, operand int, kind ir.Kind) *ir.Op {
	maker := f.makers[op.In[operand]]
	if maker == nil || maker.Kind != kind || len(f.read[maker.Out]) > 1 {
		return nil
	}
	return maker
}

// behindSum moves the norm of a convolution behind the sum that it is an operand of: into the
// activation of the sum; and with it the norm of the other operand. It returns the operations of
// the norms that it has moved.
func (f *folding) behindSum(activate *ir.Op) (moved []*ir.Op) {
	sum := f.before(activate, 0, ir.OpAdd)
	if sum == nil {
		return nil
	}
	norm := f.ofConv(sum, 0)
	if norm == nil {
		return nil
	}
	activate.Kind, activate.Norm = ir.OpNormActivate, norm.Norm
	moved = append(moved, norm)
	if other := f.ofConv(sum, 1); other != nil {
		other.Norm.ShiftOf = norm.Norm
		moved = append(moved, other)
	}
	for i, norm := range moved {
		sum.In[i] = norm.In[0]
	}
	return moved
}

// ofConv folds the norm that makes an operand into the convolution before it, and returns it; nil
// where something else makes the operand.
func (f *folding) ofConv(sum *ir.Op, operand int) *ir.Op {
	norm := f.before(sum, operand, ir.OpNormalize)
	if norm == nil {
		return nil
	}
	conv := f.before(norm, 0, ir.OpConv)
	if conv == nil {
		return nil
	}
	foldInto(conv, norm.Norm)
	return norm
}

// foldInto folds a norm into a convolution, which leaves its biases to it.
func foldInto(conv *ir.Op, norm *ir.Norm) {
	norm.Folded, conv.Bias = conv.Conv, nil
}

// selectForward chooses the training step's algorithms, so both err alike. Products of the whole
// batch become those of a chunk.
func selectForward(g *ir.Graph) error {
	for i, c := range g.Convs {
		c.InputGradient = i > 0 // what is asked of the stem in training, too
	}
	if err := selectAlgorithms(g); err != nil {
		return err
	}
	for _, c := range g.Convs {
		if c.Algorithm == ir.WinogradBatch {
			c.Algorithm = ir.Winograd
		}
	}
	return nil
}
