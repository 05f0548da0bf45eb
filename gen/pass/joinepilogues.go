package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// joinEpilogues joins each convolution with the epilogue that alone reads its output:
//
//	y = conv; a = leaky(norm(y + x))     becomes  a = leaky(norm(conv + x))
//
// The joined operation stands where the epilogue stood, behind a projection to x. Its output, y, is
// never whole: a band of it stays in a core's cache until the epilogue has read it.
func joinEpilogues(g *ir.Graph) error {
	read := readers(g)
	joined := map[*ir.Tensor]bool{}
	for _, p := range g.Phases {
		convs := map[*ir.Tensor]*ir.Op{} // by their outputs
		for _, op := range p.Ops {
			switch {
			case op.Kind == ir.OpConv && op.Bias == nil && len(read[op.Out]) == 1:
				convs[op.Out] = op
			case op.Kind == ir.OpEpilogue && convs[op.In[0]] != nil:
				conv := convs[op.In[0]]
				op.Kind, op.Conv, op.In[0] = ir.OpConvEpilogue, conv.Conv, conv.In[0]
				joined[conv.Out] = true
			}
		}
		p.Ops = slices.DeleteFunc(p.Ops, func(op *ir.Op) bool { return op.Kind == ir.OpConv && joined[op.Out] })
	}
	g.Tensors = slices.DeleteFunc(g.Tensors, func(t *ir.Tensor) bool { return joined[t] })
	return nil
}
