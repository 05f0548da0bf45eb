package pass

import "github.com/resnetgen/resnetgen/gen/ir"

// batch takes the convolutions that work on the whole batch apart: images are transformed one by
// one, the products stand at a barrier, and what they give is transformed back image by image.
func batch(g *ir.Graph) error {
	var ops []*ir.Op
	for _, op := range g.Ops {
		if op.Conv == nil || op.Conv.Algorithm != ir.WinogradBatch {
			ops = append(ops, op)
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
			step(ir.OpBatchOutputGradient, op.Out)
		case ir.OpReduce: // there are no groups
		default:
			ops = append(ops, op)
		}
	}
	g.Ops = ops
	return nil
}
