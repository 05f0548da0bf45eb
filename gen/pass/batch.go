package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// batch takes the convolutions that work on the whole batch apart: images are transformed one by
// one, the products stand at a barrier, and what they give is transformed back image by image. At
// such a barrier the groups' gradients of the phase before it are combined: they share memory with
// those of the next phase.
func batch(g *ir.Graph) error {
	reductions := map[*ir.Variable]*ir.Op{}
	for _, op := range g.Ops {
		if op.Kind == ir.OpReduce {
			reductions[reduced(op)] = op
		}
	}
	var ops []*ir.Op
	var open []*ir.Variable // whose groups' gradients are not yet combined
	done := map[*ir.Op]bool{}
	for _, op := range g.Ops {
		if op.Conv == nil || op.Conv.Algorithm != ir.WinogradBatch {
			if v := op.Partial(); v != nil {
				open = append(open, v)
			} else if op.Kind == ir.OpConvWeights { // what it keeps makes room for the next phase's
				open = append(open, op.Conv.Weights)
			}
			if op.Kind == ir.OpReduce {
				open = slices.DeleteFunc(open, func(v *ir.Variable) bool { return v == reduced(op) })
			}
			if !done[op] {
				ops = append(ops, op)
			}
			continue
		}
		step := func(kind ir.Kind, out *ir.Tensor, in ...*ir.Tensor) {
			ops = append(ops, &ir.Op{Kind: kind, Pass: op.Pass, Layer: op.Layer, Conv: op.Conv, In: in, Out: out})
		}
		switch op.Kind {
		case ir.OpConv:
			step(ir.OpBatchInput, nil, op.In...)
			step(ir.OpBatchForward, nil)
			step(ir.OpBatchOutput, op.Out)
		case ir.OpConvWeights:
			step(ir.OpBatchInputWeights, nil, op.In...)
		case ir.OpConvData: // which follows
			step(ir.OpBatchInputGradient, nil, op.In...)
			step(ir.OpBatchWeights, nil)
			step(ir.OpBatchData, nil)
			for _, v := range open {
				ops, done[reductions[v]] = append(ops, reductions[v]), true
			}
			open = nil
			step(ir.OpBatchOutputGradient, op.Out)
		case ir.OpReduce: // which OpBatchWeights does
		default:
			ops = append(ops, op)
		}
	}
	g.Ops = ops
	return nil
}

// reduced is the variable whose groups' gradients an operation combines.
func reduced(op *ir.Op) *ir.Variable {
	if op.Bias != nil {
		return op.Bias.Variable
	}
	return op.Conv.Weights
}
