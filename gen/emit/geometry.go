package emit

import (
	"fmt"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// geometry is a field of Net that operations of the same sizes share.
type geometry struct {
	name        string
	kind, value jen.Code
}

// geometries lists those of the network: first the convolutions', then others.
func (e *emitter) geometries() []geometry {
	var all []geometry
	for _, c := range e.Graph.Convs {
		all = append(all, convGeometry(c))
	}
	return distinct(append(all, operationGeometries(e.Graph)...))
}

// operationGeometries lists those of operations other than convolutions.
func operationGeometries(g *ir.Graph) (all []geometry) {
	for op := range g.AllOps() {
		if of := emissionOf(op).geometry; of != nil {
			all = append(all, of(op))
		}
	}
	return all
}

// distinct returns each geometry once, where it comes first.
func distinct(all []geometry) []geometry {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(g geometry) bool {
		known := seen[g.name]
		seen[g.name] = true
		return known
	})
}

// convGeometry writes *nn.Conv and nn.NewConv(3, 2, 28, 28, 16, 32), with symmetric padding
// nn.NewSymmetricConv, or *nn.Winograd and nn.NewWinograd(28, 28, 16, 16).
func convGeometry(c *ir.Conv) geometry {
	kind := map[ir.Algorithm]string{ir.Direct: "Conv", ir.Winograd: "Winograd", ir.WinogradBatch: "WinogradBatch"}[c.Algorithm]
	arguments := []jen.Code{jen.Lit(c.In.H), jen.Lit(c.In.W), jen.Lit(c.In.C), jen.Lit(c.Out.C)}
	switch c.Algorithm {
	case ir.Direct:
		arguments = append([]jen.Code{jen.Lit(c.Kernel), jen.Lit(c.Stride)}, arguments...)
	case ir.WinogradBatch:
		arguments = append([]jen.Code{jen.Id("m")}, arguments...)
	case ir.Winograd:
	}
	return geometry{convName(c), jen.Op("*").Qual(pathNN, kind), jen.Qual(pathNN, constructor(kind, c.Symmetric && c.Algorithm == ir.Direct)).Call(arguments...)}
}

// constructor is the function that makes a geometry of a kind. Winograd's convolutions have stride
// 1, where both paddings are the same.
func constructor(kind string, symmetric bool) string {
	if symmetric {
		return "NewSymmetric" + kind
	}
	return "New" + kind
}

// pool returns the geometry of a pool of package conv, such as *conv.Pool and
// conv.NewPool(2, 2, 28, 28, 16, 32).
func pool(kind string) func(*ir.Op) geometry {
	return func(op *ir.Op) geometry { return poolOf(kind, op.Window, lastInput(op), op.Out.Shape) }
}

// poolGradient returns that of the pool whose gradient an operation computes.
func poolGradient(kind string) func(*ir.Op) geometry {
	return func(op *ir.Op) geometry { return poolOf(kind, op.Window, op.Out.Shape, lastInput(op)) }
}

func lastInput(op *ir.Op) ir.Shape { return op.In[len(op.In)-1].Shape }

func poolOf(kind string, w ir.Window, in, out ir.Shape) geometry {
	return geometry{poolName(kind, w, in, out), jen.Op("*").Qual(pathConv, kind), jen.Qual(pathConv, "New"+kind).Call(
		jen.Lit(w.Kernel), jen.Lit(w.Stride), jen.Lit(in.H), jen.Lit(in.W), jen.Lit(in.C), jen.Lit(out.C))}
}

// maxPool returns the geometry of a max pool, such as *conv.MaxPool and
// conv.NewMaxPool(3, 2, 112, 112, 64).
func maxPool(op *ir.Op) geometry {
	w, in := op.Window, op.Out.Shape
	if op.Kind == ir.OpMaxPool {
		in = op.In[0].Shape
	}
	return geometry{
		fmt.Sprintf("maxPool%ds%d_%dx%dx%d", w.Kernel, w.Stride, in.H, in.W, in.C), jen.Op("*").Qual(pathConv, "MaxPool"),
		jen.Qual(pathConv, constructor("MaxPool", w.Symmetric)).Call(jen.Lit(w.Kernel), jen.Lit(w.Stride), jen.Lit(in.H), jen.Lit(in.W), jen.Lit(in.C)),
	}
}
