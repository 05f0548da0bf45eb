package gen

import (
	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// describeOps describes the forward pass.
func describeOps(g *ir.Graph) (ops []network.Op) {
	layers, makers := map[string]int{}, map[*ir.Tensor]int{}
	for k, l := range g.Layers {
		layers[l.Name] = k
	}
	for _, op := range g.Forward {
		if !op.Kind.Described() {
			continue
		}
		row := network.Op{
			Kind: network.OpKind(op.Kind.String()), Name: op.Name, Layer: layers[op.Layer], Out: sizes(op.Out.Shape),
			Kernel: op.Window.Kernel, Stride: op.Window.Stride, Symmetric: op.Window.Symmetric,
		}
		if c := op.Conv; c != nil {
			row.Kernel, row.Stride, row.Symmetric, row.Shortcut = c.Kernel, c.Stride, c.Symmetric, c.Shortcut
			if c.Dense {
				row.Kind, row.Kernel, row.Stride = network.Dense, 0, 0
			}
		}
		for _, t := range op.In {
			row.In = append(row.In, makers[t])
		}
		makers[op.Out] = len(ops)
		ops = append(ops, row)
	}
	return ops
}

// place says which operation a variable belongs to (a row of network.Info.Ops) and in which role.
type place struct {
	op   int
	role network.Role
}

func placesOf(g *ir.Graph) map[*ir.Variable]place {
	places, row := map[*ir.Variable]place{}, -1
	for _, op := range g.Forward {
		if op.Kind.Described() {
			row++
		}
		switch {
		case op.Kind == ir.OpNormalize:
			places[op.Norm.Gamma] = place{row, network.Gamma}
			places[op.Norm.Beta] = place{row, network.Beta}
			places[op.Norm.MovingMean] = place{row, network.MovingMean}
			places[op.Norm.MovingVariance] = place{row, network.MovingVariance}
		case op.Conv != nil:
			places[op.Conv.Weights] = place{row, network.Weight}
		case op.Bias != nil: // of the convolution or fully connected layer before it
			places[op.Bias.Variable] = place{row, network.Bias}
		}
	}
	return places
}
