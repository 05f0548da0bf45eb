package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// halo gives the gradients that Winograd's convolutions read a halo of zeros, as their inputs have:
// where only they read what a norm's gradient makes in scratch, it is made there; elsewhere it is
// copied.
func halo(g *ir.Graph) error {
	if err := verifyWorkspaces(g); err != nil {
		return err
	}
	for _, p := range g.Phases {
		copies := map[*ir.Tensor]*ir.Tensor{}
		var ops []*ir.Op
		for _, op := range p.Ops {
			if dy := winogradGradient(op); dy != nil && (*dy).Layout == ir.Plain {
				t := *dy
				switch {
				case copies[t] != nil:
					*dy = copies[t]
				case madeInHalo(p, t):
					t.Layout.Halo = 1
				default:
					c := g.NewTensor(t.Unit, t.Field, t.Role, t.Shape)
					c.Layout.Halo, c.Storage = 1, ir.Scratch
					copies[t], *dy = c, c
					ops = append(ops, &ir.Op{Kind: ir.OpHalo, Pass: p.Pass, Layer: op.Layer, In: []*ir.Tensor{t}, Out: c})
				}
			}
			ops = append(ops, op)
		}
		p.Ops = ops
	}
	return nil
}

// winogradGradient returns where the operation has the gradient that it reads, if it is Winograd's.
func winogradGradient(op *ir.Op) **ir.Tensor {
	i := op.Operand(ir.OutputGradient)
	if i < 0 || op.Conv.Algorithm == ir.Direct {
		return nil
	}
	return &op.In[i]
}

// madeInHalo reports whether a tensor in scratch is a norm's gradient that Winograd's convolutions
// alone read.
func madeInHalo(p *ir.Phase, t *ir.Tensor) bool {
	if t.Storage != ir.Scratch {
		return false
	}
	for _, op := range p.Ops {
		if op.Out == t && op.Kind != ir.OpNormGradient {
			return false
		}
		if dy := winogradGradient(op); slices.Contains(op.In, t) && (dy == nil || *dy != t) {
			return false
		}
	}
	return true
}
