package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// geometry is a field of Net that operations of the same sizes share.
type geometry struct {
	name        string
	kind, value jen.Code
}

// geometries lists those of the network: first the convolutions', then others.
func (e *emitter) geometries() (all []geometry) {
	seen := map[string]bool{}
	add := func(g geometry) {
		if !seen[g.name] {
			seen[g.name] = true
			all = append(all, g)
		}
	}
	for _, c := range e.Graph.Convs {
		add(convGeometry(c))
	}
	for op := range e.Graph.AllOps() {
		if of := emissionOf(op).geometry; of != nil {
			add(of(op))
		}
	}
	return all
}

// convGeometry writes *nn.Conv and nn.NewConv(3, 2, 28, 28, 16, 32), or *nn.Winograd and
// nn.NewWinograd(28, 28, 16, 16).
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
	return geometry{convName(c), jen.Op("*").Qual(pathNN, kind), jen.Qual(pathNN, "New"+kind).Call(arguments...)}
}

// poolGeometry writes nn.Pool and nn.Pool{Stride: 2, Height: 28, Width: 28, In: 16, Out: 32}.
func poolGeometry(op *ir.Op) geometry {
	in, out := op.In[len(op.In)-1].Shape, op.Out.Shape.C
	return geometry{poolName(op.Stride, in, out), jen.Qual(pathNN, "Pool"), jen.Qual(pathNN, "Pool").Values(
		field("Stride", jen.Lit(op.Stride)), field("Height", jen.Lit(in.H)), field("Width", jen.Lit(in.W)),
		field("In", jen.Lit(in.C)), field("Out", jen.Lit(out)))}
}
