package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// Inference lists the passes from the forward pass to a network that only predicts, in the order
// they run; see passOrder.
var Inference = []Pass{
	{"forward", "drop what only training needs: statistics and the loss", forward},
	{"fuse", "join normalizations and activations", fuse},
	{"fold", "fold each norm that alone reads a convolution into its weights", fold},
	{"select", "choose each convolution's algorithm by its shape", selectForward},
	{"epilogue", "fuse what follows each convolution into one pass: shortcut, norm, leaky, into the layout that is read next", epilogues},
	{"place", "place the tensors of a chunk of images", place},
}

// forward drops the operations that only training needs.
func forward(g *ir.Graph) error {
	g.Ops = slices.DeleteFunc(g.Ops, func(op *ir.Op) bool {
		return op.Kind.Statistics() || op.Kind == ir.OpLoss
	})
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

// fold folds the norms whose input is a convolution's output that nothing else reads.
func fold(g *ir.Graph) error {
	convs := map[*ir.Tensor]*ir.Conv{}
	for _, op := range g.Ops {
		if op.Kind == ir.OpConv {
			convs[op.Out] = op.Conv
		}
	}
	read := readers(g)
	for _, op := range g.Ops {
		if op.Kind == ir.OpNormActivate && len(read[op.In[0]]) == 1 {
			op.Norm.Folded = convs[op.In[0]]
		}
	}
	return nil
}

// selectForward chooses the algorithms of the training step, so that both err alike; only that the
// products of the whole batch are those of a chunk.
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
