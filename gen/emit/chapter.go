package emit

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// chapterFile writes the scopes of a chapter: for each its memory's type, its binding to the arena,
// then its phases, forward beside backward.
func (e *emitter) chapterFile(c *chapter) *jen.File {
	f := e.packageFile()
	for _, s := range c.scopes {
		if s.first {
			f.Add(e.memoryType(c, s)).Line()
		}
		f.Add(e.bindMethod(s)).Line()
		for _, p := range inReadingOrder(s.phases) {
			f.Add(e.phaseMethod(s, p)).Line()
			if products := e.productsMethod(p); products != nil {
				f.Add(products).Line()
			}
			if reduce := e.reduceMethod(p); reduce != nil {
				f.Add(reduce).Line()
			}
		}
	}
	return f
}

// inReadingOrder puts each layer's backward phases behind its forward ones.
func inReadingOrder(phases []*ir.Phase) []*ir.Phase {
	var ordered []*ir.Phase
	named := map[string]bool{}
	for _, p := range phases {
		if named[p.Name] {
			continue
		}
		named[p.Name] = true
		for _, other := range phases {
			if other.Name == p.Name {
				ordered = append(ordered, other)
			}
		}
	}
	return ordered
}

// memoryType writes
//
//	// unit1_0Memory is what unit_1_0 keeps of a batch.
//	type unit1_0Memory struct {
//		initBN nn.Norm
//		conv1  nn.Weights
//
//		sub1 *[capacity]image28x28x16 // y
//	}
func (e *emitter) memoryType(c *chapter, s *scope) jen.Code {
	units := c.fitting(s.typeName)
	names := units[0]
	if n := len(units); n > 1 {
		names = strings.Join(units[:n-1], ", ") + " and " + units[n-1]
		if n > 4 {
			names = fmt.Sprintf("each of %s to %s", units[0], units[n-1])
		}
	}
	verb := "holds"
	if len(units) > 1 && len(units) <= 4 {
		verb = "hold"
	}
	var fields []jen.Code
	for _, n := range s.norms {
		fields = append(fields, jen.Id(n.Field).Qual(pathNN, "Norm"))
	}
	for _, conv := range s.convs {
		fields = append(fields, jen.Id(conv.Field).Qual(pathNN, "Weights"))
	}
	for _, b := range s.biases() {
		fields = append(fields, jen.Id(b.Field).Qual(pathNN, "Bias"))
	}
	if len(s.tensors) > 0 {
		fields = append(fields, jen.Line())
	}
	for _, t := range s.tensors {
		fields = append(fields, jen.Id(t.Field).Op("*").Index(jen.Id("capacity")).Id(imageType(t.Shape)))
	}
	return jen.Add(lines("%s is what %s %s for a batch.", s.typeName, names, verb)).Line().
		Type().Id(s.typeName).Struct(fields...)
}

// bindMethod writes
//
//	// bindUnit1_0 places unit_1_0 in the arena.
//	func (n *Net) bindUnit1_0(m *nn.Memory) {
//		u := &n.unit1_0
//		u.initBN = m.Norm(nn.NormPlan{…})
//		u.conv1 = m.Weights(nn.WeightsPlan{…})
//		u.sub1 = mem.At[[capacity]image28x28x16](m.Arena, 14208576)
//	}
func (e *emitter) bindMethod(s *scope) jen.Code {
	body := []jen.Code{jen.Id("u").Op(":=").Op("&").Id("n").Dot(s.field)}
	for _, n := range s.norms {
		body = append(body, jen.Id("u").Dot(n.Field).Op("=").Id("m").Dot("Norm").Call(normPlan(n)))
	}
	for _, c := range s.convs {
		body = append(body, jen.Id("u").Dot(c.Field).Op("=").Id("m").Dot("Weights").Call(e.weightsPlan(c)))
	}
	for _, b := range s.biases() {
		body = append(body, jen.Id("u").Dot(b.Field).Op("=").Id("m").Dot("Bias").Call(
			jen.Lit(b.Variable.Len()), number(b.Variable.Offset), jen.Lit(b.Partial)))
	}
	for _, t := range s.tensors {
		body = append(body, jen.Id("u").Dot(t.Field).Op("=").Qual(pathMem, "At").
			Types(jen.Index(jen.Id("capacity")).Id(imageType(t.Shape))).
			Call(jen.Id("m").Dot("Arena"), number(t.Offset)))
	}
	name := bindName(s)
	return jen.Add(lines("%s places %s in the arena.", name, strings.Join(s.units, " and "))).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id(name).Params(jen.Id("m").Op("*").Qual(pathNN, "Memory")).Block(body...)
}

func bindName(s *scope) string { return "bind" + ir.Capitalize(s.field) }

func normPlan(n *ir.Norm) jen.Code {
	return jen.Qual(pathNN, "NormPlan").Values(
		field("Height", jen.Lit(n.Shape.H)), field("Width", jen.Lit(n.Shape.W)), field("Channels", jen.Lit(n.Shape.C)),
		field("Gamma", number(n.Gamma.Offset)), field("Beta", number(n.Beta.Offset)),
		field("MovingMean", number(n.MovingMean.Offset)), field("MovingVariance", number(n.MovingVariance.Offset)),
		field("Coefficients", number(n.Coefficients)),
	)
}

func (e *emitter) weightsPlan(c *ir.Conv) jen.Code {
	values := []jen.Code{
		field("Len", jen.Lit(c.Weights.Len())), field("Value", number(c.Weights.Offset)),
		field("Forward", number(c.Forward)), field("ForwardLen", jen.Lit(c.ForwardLen)),
	}
	if c.InputGradient {
		values = append(values, field("Backward", number(c.Backward)), field("BackwardLen", jen.Lit(c.BackwardLen)))
	}
	if c.SumsBatch {
		values = append(values, field("Kept", jen.Lit(c.Kept)), field("KeptLen", jen.Lit(e.Graph.Capacity()*c.KeptLen())))
	} else {
		values = append(values, field("Partial", jen.Lit(c.Partial)))
	}
	return jen.Qual(pathNN, "WeightsPlan").Values(values...)
}
