package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// fuse joins operations that one kernel computes together:
//
//	z = norm(x); a = leaky(z)    becomes  a = leaky(norm(x)), where nothing else reads z
func fuse(g *ir.Graph) error {
	read, makers := readers(g), map[*ir.Tensor]*ir.Op{}
	joined := map[*ir.Op]bool{}
	for _, op := range g.Ops {
		if op.Out != nil {
			makers[op.Out] = op
		}
		if op.Kind != ir.OpActivate {
			continue
		}
		if norm := makers[op.In[0]]; norm.Kind == ir.OpNormalize && len(read[op.In[0]]) == 1 {
			joined[norm] = true
			op.Kind, op.Norm, op.In = ir.OpNormActivate, norm.Norm, norm.In
		}
	}
	g.Ops = slices.DeleteFunc(g.Ops, func(op *ir.Op) bool { return joined[op] })
	g.Tensors = slices.DeleteFunc(g.Tensors, func(t *ir.Tensor) bool { return joined[makers[t]] })
	return nil
}
