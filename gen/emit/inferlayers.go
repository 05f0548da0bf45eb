package emit

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// chapterFile writes the units of a file: for each how its weights are loaded, then its layers.
func (n *inference) chapterFile(c *chapter) *jen.File {
	f := n.file()
	for _, s := range c.scopes {
		f.Add(n.loadMethod(s)).Line()
		for _, p := range s.phases {
			f.Add(n.layerMethod(s.field, p)).Line()
		}
	}
	return f
}

// loadMethod writes
//
//	// loadUnit1_0 takes the weights of unit_1_0.
//	func (n *network) loadUnit1_0(v *engine.Variables) {
//		u := &n.unit1_0
//		u.initBN = v.Norm("unit_1_0/shared_activation/init_bn", 16)
//		u.conv1, u.bn2 = v.Fold(n.winograd_28x28x16to16, "unit_1_0/sub1/conv1/DW", "unit_1_0/sub2/bn2")
//		u.conv2 = v.Weights(n.winograd_28x28x16to16, "unit_1_0/sub2/conv2/DW")
//	}
func (n *inference) loadMethod(s *scope) jen.Code {
	u, v := func() *jen.Statement { return jen.Id("u") }, func() *jen.Statement { return jen.Id("v") }
	body := []jen.Code{u().Op(":=").Op("&").Id("n").Dot(s.field)}
	for _, b := range s.norms {
		if b.Folded == nil {
			body = append(body, u().Dot(b.Field).Op("=").Add(v()).Dot("Norm").Call(jen.Lit(b.Scope), jen.Lit(b.Shape.C)))
		}
	}
	for _, c := range s.convs {
		geometry := jen.Id("n").Dot(convName(c))
		switch b := n.folded[c]; {
		case c.Dense:
			body = append(body, u().Dot("dense").Op("=").Qual(pathEngine, "NewDense").Call(
				v().Dot("Get").Call(jen.Lit(c.Weights.Name), jen.Lit(c.In.C), jen.Lit(c.Out.C)),
				v().Dot("Get").Call(jen.Lit(c.Bias.Variable.Name), jen.Lit(c.Out.C))))
		case b != nil && b.ShiftOf != nil:
			body = append(body, u().Dot(c.Field).Op("=").Add(foldCall("FoldShortcut", c, b, jen.Op("&").Add(u()).Dot(b.ShiftOf.Field))))
		case b != nil:
			norm := u().Dot(b.Field)
			if goName(b.Unit) != s.field {
				norm = jen.Id("n").Dot(goName(b.Unit)).Dot(b.Field)
			}
			body = append(body, jen.List(u().Dot(c.Field), norm).Op("=").Add(foldCall("Fold", c, b)))
		default:
			body = append(body, u().Dot(c.Field).Op("=").Add(v()).Dot("Weights").Call(geometry, jen.Lit(c.Weights.Name)))
		}
		if n.addsBias(c) {
			body = append(body, u().Dot(c.Bias.Field).Op("=").Add(v()).Dot("Get").Call(jen.Lit(c.Bias.Variable.Name), jen.Lit(c.Out.C)))
		}
	}
	name := "load" + ir.Capitalize(s.field)
	return jen.Add(lines("%s takes the weights of %s.", name, n.scopeNames(s.field))).Line().
		Func().Params(jen.Id("n").Op("*").Id("network")).Id(name).Params(jen.Id("v").Op("*").Qual(pathEngine, "Variables")).Block(body...)
}

// foldCall writes v.Fold(n.winograd_28x28x16to16, "unit_1_0/sub1/conv1/DW", "unit_1_0/sub2/bn2"),
// or v.FoldWithBias(…) with the biases' name behind the weights', or another method with more
// arguments.
func foldCall(method string, c *ir.Conv, b *ir.Norm, more ...jen.Code) jen.Code {
	arguments := []jen.Code{jen.Id("n").Dot(convName(c)), jen.Lit(c.Weights.Name)}
	if c.Bias != nil {
		method, arguments = method+"WithBias", append(arguments, jen.Lit(c.Bias.Variable.Name))
	}
	return jen.Id("v").Dot(method).Call(append(append(arguments, jen.Lit(b.Scope)), more...)...)
}

// scopeNames is what TensorFlow calls a unit.
func (n *inference) scopeNames(unit string) string {
	return strings.Join(n.scopes[unit].units, " and ")
}

// layer is a layer's method while it is written.
type layer struct {
	n         *inference
	unit      string
	main      *ir.Op // the convolution or pool of the main path; nil: none
	locals    map[*ir.Tensor]string
	taken     map[string]bool
	equations []string
	setup     []jen.Code
	body      []jen.Code
	usesUnit  bool
	projects  bool // a convolution of a shortcut stands in it
}

// layerMethod writes
//
//	// unit1_0Sub2 is unit_1_0/sub2: bn, leaky, 3×3, 28×28×16 → 28×28×16, winograd.
//	//
//	//	EQUATIONS
//	func (n *network) unit1_0Sub2(ctx *engine.WorkerContext, m *memory) {
//		u, c := &n.unit1_0, n.winograd_28x28x16to16
//		x := &m.image28x28x16
//		…
//		c.ConvolveWith(ctx, aBN2, u.conv2, engine.Epilogue{Sum: out, Add: x, Act: a, Norm: &n.unit1_1.initBN})
//	}
func (n *inference) layerMethod(unit string, p *ir.Phase) jen.Code {
	l := &layer{n: n, unit: unit, locals: map[*ir.Tensor]string{}, taken: map[string]bool{}, main: mainOp(p)}
	for _, op := range p.Ops {
		l.op(op)
	}
	var names, values, body []jen.Code
	if l.usesUnit {
		names, values = append(names, jen.Id("u")), append(values, jen.Op("&").Id("n").Dot(unit))
	}
	if l.main != nil {
		names, values = append(names, jen.Id("c")), append(values, jen.Id("n").Dot(geometryName(l.main)))
	}
	if len(names) > 0 {
		body = append(body, jen.List(names...).Op(":=").List(values...))
	}
	body = append(append(body, l.setup...), l.body...)
	name := n.inferenceMethod(p)
	return jen.Add(lines("%s is %s.\n\n\t%s", name, n.layerSummary(p), strings.Join(l.equations, "\n\t"))).Line().
		Func().Params(jen.Id("n").Op("*").Id("network")).Id(name).Params(contextAndMemory()...).Block(body...)
}

// layerSummary is a phase in a few words.
func (n *inference) layerSummary(p *ir.Phase) string {
	l, kind := n.layers[p.Name], "global pool, fully connected"
	switch op := mainOp(p); {
	case op == nil:
	case op.Conv == nil:
		kind = l.Op
	case op.Conv.Stride > 1:
		kind = fmt.Sprintf("%d×%d/%d, %s", op.Conv.Kernel, op.Conv.Kernel, op.Conv.Stride, op.Conv.Algorithm)
	default:
		kind = fmt.Sprintf("%d×%d, %s", op.Conv.Kernel, op.Conv.Kernel, op.Conv.Algorithm)
	}
	return fmt.Sprintf("%s: %s, %s → %s", p.Name, kind, size(l.In), size(l.Out))
}

// mainOp returns what an inference's phase is for: its convolution or pool of the main path; nil:
// it is the head.
func mainOp(p *ir.Phase) (main *ir.Op) {
	for _, op := range p.Ops {
		switch {
		case op.Kind == ir.OpConvEpilogue, op.Kind == ir.OpConv && !op.Conv.Shortcut && !op.Conv.Dense:
			return op
		case op.Kind.IsPool() && main == nil:
			main = op
		}
	}
	return main
}

// geometryName is the field of an operation's geometry.
func geometryName(op *ir.Op) string {
	if op.Conv != nil {
		return convName(op.Conv)
	}
	return emissionOf(op).geometry(op).name
}

// local is the variable of a tensor, declared where it is first needed.
func (l *layer) local(t *ir.Tensor) string {
	if name, ok := l.locals[t]; ok {
		return name
	}
	name := t.Field
	switch {
	case goName(t.Unit) == l.unit:
	case t.Field == "out":
		name = "x"
	default:
		name = goName(t.Unit) + ir.Capitalize(t.Field)
	}
	l.taken[name] = true
	l.locals[t] = name
	l.setup = append(l.setup, jen.Id(name).Op(":=").Op("&").Id("m").Dot(bufferName(t.Buffer())))
	return name
}

// memory is a field of a unit, and its name in equations.
func (l *layer) memory(unit, field string) (*jen.Statement, string) {
	if goName(unit) == l.unit {
		l.usesUnit = true
		return jen.Id("u").Dot(field), field
	}
	return jen.Id("n").Dot(goName(unit)).Dot(field), goName(unit) + "." + field
}

func (l *layer) emit(equation string, call jen.Code) {
	l.equations = append(l.equations, equation)
	l.body = append(l.body, call)
}

// op writes one operation.
func (l *layer) op(op *ir.Op) {
	var v []string
	for _, t := range op.In {
		v = append(v, l.local(t))
	}
	write := emissionOf(op).inference
	if write == nil {
		panic(fmt.Sprintf("%s of %s: no code for an inference", op.Kind, op.Layer))
	}
	write(l, op, v)
}

// poolCall writes c.Pool(ctx, n.pool2_28x28x16to32, p, x), of a kind of pool that the equation
// names.
func poolCall(kind string) func(*layer, *ir.Op, []string) {
	return func(l *layer, op *ir.Op, v []string) {
		p := l.local(op.Out)
		l.emit(fmt.Sprintf("%s = %s(%s)", p, kind, v[0]), jen.Id("c").Dot("Pool").Call(jen.Id("ctx"), l.geometry(op), jen.Id(p), jen.Id(v[0])))
	}
}

// geometry is that of an operation: c for the phase's main one.
func (l *layer) geometry(op *ir.Op) *jen.Statement {
	if op == l.main {
		return jen.Id("c")
	}
	return jen.Id("n").Dot(geometryName(op))
}

// halo writes c.Copy(ctx, aHaloed, a).
func (l *layer) halo(op *ir.Op, v []string) {
	dst := l.local(op.Out)
	l.emit(fmt.Sprintf("%s = %s, in a halo of zeros", dst, v[0]), jen.Id("c").Dot("Copy").Call(jen.Id("ctx"), jen.Id(dst), jen.Id(v[0])))
}

// globalPool writes engine.GlobalPool(ctx, pooled, a).
func (l *layer) globalPool(op *ir.Op, v []string) {
	mean := l.local(op.Out)
	l.emit(fmt.Sprintf("%s = mean of %s over its pixels", mean, v[0]), jen.Qual(pathEngine, "GlobalPool").Call(jen.Id("ctx"), jen.Id(mean), jen.Id(v[0])))
}

// convolve writes c.Convolve(ctx, y, aBN2, u.conv2), or n.conv1x1….Convolve of a projection, and
// where no norm takes its biases c.AddBiases(ctx, y, u.conv2Biases); or u.dense.Apply(ctx, logits,
// pooled).
func (l *layer) convolve(op *ir.Op, v []string) {
	y := l.local(op.Out)
	if op.Conv.Dense {
		l.usesUnit = true
		l.emit(fmt.Sprintf("%s = %s · weights + biases", y, v[0]), jen.Id("u").Dot("dense").Dot("Apply").Call(jen.Id("ctx"), jen.Id(y), jen.Id(v[0])))
		return
	}
	l.projects = l.projects || op.Conv.Shortcut
	weights, name := l.memory(op.Conv.Unit, op.Conv.Field)
	l.emit(fmt.Sprintf("%s = %s ⋆ %s", y, v[0], name), l.geometry(op).Dot("Convolve").Call(jen.Id("ctx"), jen.Id(y), jen.Id(v[0]), weights))
	if op.Bias != nil {
		biases, name := l.memory(op.Bias.Unit, op.Bias.Field)
		l.emit(fmt.Sprintf("%s += %s", y, name), l.geometry(op).Dot("AddBiases").Call(jen.Id("ctx"), jen.Id(y), biases))
	}
}

// normalize writes n.conv1x1….Normalize(ctx, zProjectBN, projected, &u.projectBN), of a norm on a
// shortcut.
func (l *layer) normalize(op *ir.Op, v []string) {
	norm, name := l.memory(op.Norm.Unit, op.Norm.Field)
	z := l.local(op.Out)
	l.emit(fmt.Sprintf("%s = %s + %s's shift", z, v[0], name), jen.Id("n").Dot(convName(op.Norm.Folded)).Dot("Normalize").Call(
		jen.Id("ctx"), jen.Id(z), jen.Id(v[0]), jen.Op("&").Add(norm)))
}

// epilogue writes c.ConvolveWith(ctx, x, u.conv2, engine.Epilogue{…}), or c.Finish(ctx, y,
// engine.Epilogue{…}) where y is the output of a pool or of a convolution that adds its biases.
func (l *layer) epilogue(op *ir.Op, v []string) {
	norm, name := l.memory(op.Norm.Unit, op.Norm.Field)
	receiver := jen.Id("c").Dot("Finish").Call
	arguments, sum := []jen.Code{jen.Id("ctx"), jen.Id(v[0])}, v[0]
	if op.Conv != nil {
		weights, name := l.memory(op.Conv.Unit, op.Conv.Field)
		receiver, sum = l.geometry(op).Dot("ConvolveWith").Call, v[0]+" ⋆ "+name
		arguments = append(arguments, weights)
	}
	a, fields := l.local(op.Out), []jen.Code{}
	if len(v) == 2 {
		sum += " + " + v[1]
		fields = append(fields, jen.Id("Add").Op(":").Id(v[1]))
	}
	equation := ""
	if op.SecondOut != nil {
		out := l.local(op.SecondOut)
		fields = append(fields, jen.Id("Sum").Op(":").Id(out))
		equation, sum = fmt.Sprintf("%s = %s\n\t", out, sum), out
	}
	if op.Norm.Folded != nil && op.SecondOut == nil {
		equation += fmt.Sprintf("%s = leaky(%s + %s's shift)", a, sum, name)
	} else {
		equation += fmt.Sprintf("%s = leaky(%s(%s))", a, name, sum)
	}
	fields = append(fields, jen.Id("Act").Op(":").Id(a), jen.Id("Norm").Op(":").Op("&").Add(norm))
	if l.waits() {
		l.body = append(l.body, jen.Id("ctx").Dot("Wait").Call())
	}
	l.emit(equation, receiver(append(arguments, jen.Qual(pathEngine, "Epilogue").Values(fields...))...))
}

// waits reports whether the epilogue waits for the other workers' parts of a projection. A
// projection is computed directly, and shared by rows. Winograd's convolutions are shared by bands
// of four rows or by channels, and so is the epilogue behind them.
func (l *layer) waits() bool {
	return l.projects && l.main.Conv != nil && l.main.Conv.Algorithm != ir.Direct
}
