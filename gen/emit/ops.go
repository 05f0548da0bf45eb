package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// op writes one operation on image i into the loop, and its equation.
func (f *function) op(op *ir.Op) {
	write := emissionOf(op).image
	if write == nil {
		panic(fmt.Sprintf("%s of %s: no code for a training step", op.Kind, op.Layer))
	}
	write(f, op)
}

func (f *function) equation(format string, args ...any) {
	f.equations = append(f.equations, fmt.Sprintf(format, args...))
}

func (f *function) emit(code jen.Code) { f.loop = append(f.loop, code) }

// operands returns the variables of an operation's inputs and, last, of its output.
func (f *function) operands(op *ir.Op) (names []string) {
	for _, t := range op.In {
		names = append(names, f.local(t))
	}
	if op.Out != nil {
		names = append(names, f.local(op.Out))
	}
	return names
}

func ids(names ...string) (code []jen.Code) {
	for _, n := range names {
		code = append(code, jen.Id(n))
	}
	return code
}

// image writes nn.PutInHalo(image, n.batch.Image(i), 28, 28, 1, 1).
func (f *function) image(op *ir.Op) {
	v, s := f.operands(op), op.Out.Shape
	f.equation("%s = the image, in a halo of zeros", v[0])
	f.emit(jen.Qual(pathNN, "PutInHalo").Call(
		jen.Id(v[0]), jen.Id("n").Dot("batch").Dot("Image").Call(jen.Id("i")), jen.Lit(s.H), jen.Lit(s.W), jen.Lit(s.C), jen.Lit(op.Out.Layout.Halo)))
}

// halo writes nn.PutInHalo(dOutHaloed, dOut, 28, 28, 16, 1).
func (f *function) halo(op *ir.Op) {
	v, s := f.operands(op), op.Out.Shape
	f.equation("%s = %s, in a halo of zeros", v[1], v[0])
	f.emit(jen.Qual(pathNN, "PutInHalo").Call(jen.Id(v[1]), jen.Id(v[0]), jen.Lit(s.H), jen.Lit(s.W), jen.Lit(s.C), jen.Lit(op.Out.Layout.Halo)))
}

// norm is the expression of a norm in memory, and its name in equations.
func (f *function) norm(n *ir.Norm) (*jen.Statement, string) {
	return f.memory(n.Unit).Dot(n.Field), f.memoryName(n.Unit, n.Field)
}

// normalize writes u.bn2.Normalize(zBN2, sub1).
func (f *function) normalize(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	f.equation("%s = %s(%s)", v[1], name, v[0])
	f.emit(norm.Dot("Normalize").Call(ids(v[1], v[0])...))
}

// normSums writes u.bn2.AddGradient(g, dz, sub1).
func (f *function) normSums(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	f.equation("sums of %s for %sᵀ", v[0], name)
	f.emit(norm.Dot("AddGradient").Call(ids("g", v[0], v[1])...))
}

// sum writes nn.Sum(out, y, x).
func (f *function) sum(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s = %s + %s", v[2], v[0], v[1])
	f.emit(jen.Qual(pathNN, "Sum").Call(ids(v[2], v[0], v[1])...))
}

// geometryCall returns the code of a call such as n.pool2_28x28x16to32.Add(out, x): of a method of
// the operation's geometry. The outputs come first, then the other operands, in the equation, too.
func geometryCall(name, equation string) func(*function, *ir.Op) {
	return func(f *function, op *ir.Op) {
		f.operands(op)
		var arguments []string
		for _, t := range op.Outs() {
			arguments = append(arguments, f.local(t))
		}
		for _, t := range op.In {
			if t != op.Out {
				arguments = append(arguments, f.local(t))
			}
		}
		f.equation(equation, anys(arguments)...)
		f.emit(jen.Id("n").Dot(emissionOf(op).geometry(op).name).Dot(name).Call(ids(arguments...)...))
	}
}

func anys(names []string) (all []any) {
	for _, n := range names {
		all = append(all, n)
	}
	return all
}

// haloOfOne reports whether an operation writes into a halo. The norms' methods know halos of one
// pixel alone.
func haloOfOne(op *ir.Op) bool {
	if halo := op.Out.Layout.Halo; halo > 1 {
		panic(fmt.Sprintf("%s of %s: a halo of %d pixels", op.Kind, op.Layer, halo))
	}
	return op.Out.Layout.Halo == 1
}

// normActivate writes u.bn2.ActivateInHalo(aBN2, sub1).
func (f *function) normActivate(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	method := "Activate"
	if haloOfOne(op) {
		method = "ActivateInHalo"
	}
	f.equation("%s = leaky(%s(%s))", v[1], name, v[0])
	f.emit(norm.Dot(method).Call(ids(v[1], v[0])...))
}

// conv writes n.conv3x3_28x28x16to16.Forward(sub1, aInitBN, u.conv1.Forward).
func (f *function) conv(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s = %s ⋆ %s", v[1], v[0], f.memoryName(op.Conv.Unit, op.Conv.Field))
	f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot("Forward").Call(append([]jen.Code{
		jen.Id(v[1]), jen.Id(v[0]), f.memory(op.Conv.Unit).Dot(op.Conv.Field).Dot("Forward"),
	}, workspace(op.Conv)...)...))
}

// workspace is the last argument of a convolution that works in the worker's.
func workspace(c *ir.Conv) []jen.Code {
	if c.Algorithm != ir.Direct {
		return []jen.Code{jen.Id("w").Dot("workspace").Index(jen.Op(":"))}
	}
	return nil
}

// add writes nn.Add(out, x).
func (f *function) add(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s += %s", v[0], v[1])
	f.emit(jen.Qual(pathNN, "Add").Call(ids(v[0], v[1])...))
}

// moments writes
//
//	if n.batch.Training {
//		u.bn2.AddMoments(g, sub1)
//	}
func (f *function) moments(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	f.equation("statistics of %s for %s", v[0], name)
	f.emit(jen.If(jen.Id("n").Dot("batch").Dot("Training")).Block(norm.Dot("AddMoments").Call(ids("g", v[0])...)))
}

// globalPool writes nn.GlobalPool(pooled, aFinalBN).
func (f *function) globalPool(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s = mean of %s over its pixels", v[1], v[0])
	f.emit(jen.Qual(pathNN, "GlobalPool").Call(ids(v[1], v[0])...))
}

// globalPoolGradient writes nn.GlobalPoolGradient(dAFinalBN, dPooled).
func (f *function) globalPoolGradient(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s = %s / %d at every pixel", v[1], v[0], op.Out.Shape.Pixels())
	f.emit(jen.Qual(pathNN, "GlobalPoolGradient").Call(ids(v[1], v[0])...))
}

// bias writes u.biases.Add(logits), or u.conv1Biases.Add(sub1).
func (f *function) bias(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s += %s", v[0], f.memoryName(op.Bias.Unit, op.Bias.Field))
	f.emit(f.memory(op.Bias.Unit).Dot(op.Bias.Field).Dot("Add").Call(jen.Id(v[0])))
}

// loss writes
//
//	if n.batch.Labels != nil {
//		n.loss.Add(i, dLogits, logits, n.batch.Labels[i], n.batch.Share)
//	}
func (f *function) loss(op *ir.Op) {
	v := f.operands(op)
	labels := func() *jen.Statement { return jen.Id("n").Dot("batch").Dot("Labels") }
	label := map[bool]string{false: "label", true: "smoothed label"}[f.e.Info.LabelSmoothing != 0]
	f.equation("%s = softmax(%s) − %s, over the batch's images; the loss", v[1], v[0], label)
	f.emit(jen.If(labels().Op("!=").Nil()).Block(jen.Id("n").Dot("loss").Dot("Add").Call(
		jen.Id("i"), jen.Id(v[1]), jen.Id(v[0]), labels().Index(jen.Id("i")), jen.Id("n").Dot("batch").Dot("Share"))))
}

// biasGradient writes nn.Add(dBiases, dLogits), or nn.AddPixelSums(dConv1Biases, dSub1).
func (f *function) biasGradient(op *ir.Op) {
	v := f.operands(op)
	db := f.gradients(op.Bias.Unit, op.Bias.Field)
	method, equation := "AddPixelSums", "%s += sum of %s over its pixels"
	if op.In[0].Shape.Pixels() == 1 {
		method, equation = "Add", "%s += %s"
	}
	f.equation(equation, db, v[0])
	f.emit(jen.Qual(pathNN, method).Call(ids(db, v[0])...))
}

// convWeights writes n.conv3x3s2_28x28x16to32.BackwardWeights(dConv1, aInitBN, dSub1), or for a sum
// over the batch n.conv1x1_7x7x512to2048.Keep(&u.conv3, i, aBN2, dOut3).
func (f *function) convWeights(op *ir.Op) {
	if op.Conv.Algorithm == ir.Winograd {
		f.winogradWeights(op)
		return
	}
	v := f.operands(op)
	if op.Conv.SumsBatch {
		f.equation("%s and %s kept for d%s", v[0], v[1], ir.Capitalize(op.Conv.Field))
		f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot("Keep").Call(
			jen.Op("&").Add(f.memory(op.Conv.Unit)).Dot(op.Conv.Field), jen.Id("i"), jen.Id(v[0]), jen.Id(v[1])))
		return
	}
	dw := f.gradients(op.Conv.Unit, op.Conv.Field)
	f.equation("%s += %s ⊗ %s", dw, v[0], v[1])
	f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot("BackwardWeights").Call(ids(dw, v[0], v[1])...))
}

// winogradWeights writes, in the loop and behind it,
//
//	n.winograd_28x28x16to16.BackwardWeights(aBN2, dOut, w.workspace[:], i-images.First)
//	n.winograd_28x28x16to16.FinishWeights(u.conv2.Partials.Group(g), w.workspace[:], images.End-images.First)
func (f *function) winogradWeights(op *ir.Op) {
	v, c := f.operands(op), op.Conv
	images := func(end string) *jen.Statement { return jen.Id("images").Dot(end) }
	call := func(method string, arguments ...jen.Code) jen.Code {
		return jen.Id("n").Dot(convName(c)).Dot(method).Call(arguments...)
	}
	f.equation("d%s = %s ⊗ %s", ir.Capitalize(c.Field), v[0], v[1])
	f.emit(call("BackwardWeights", append(ids(v...), append(workspace(c), jen.Id("i").Op("-").Add(images("First")))...)...))
	group := f.memory(c.Unit).Dot(c.Field).Dot("Partials").Dot("Group").Call(jen.Id("g"))
	f.after = append(f.after, call("FinishWeights", append([]jen.Code{group}, append(workspace(c), images("End").Op("-").Add(images("First")))...)...))
}

// convData writes n.conv3x3_28x28x16to16.BackwardData(dAInitBN, dSub1, u.conv1.Backward).
func (f *function) convData(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s = %s ⋆ %sᵀ", v[1], v[0], f.memoryName(op.Conv.Unit, op.Conv.Field))
	f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot("BackwardData").Call(append([]jen.Code{
		jen.Id(v[1]), jen.Id(v[0]), f.memory(op.Conv.Unit).Dot(op.Conv.Field).Dot("Backward"),
	}, workspace(op.Conv)...)...))
}

// activateGradient writes u.bn2.ActivateGradient(g, dBN2, dABN2, sub1, nn.Streamed).
func (f *function) activateGradient(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	f.equation("%s = %s · leaky′(%s(%s)), and its sums", v[2], v[0], name, v[1])
	f.emit(norm.Dot("ActivateGradient").Call(append(ids("g", v[2], v[0], v[1]), stream(op))...))
}

// normGradient writes u.bn2.Gradient(dSub1, dBN2, sub1).
func (f *function) normGradient(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	method := "Gradient"
	if haloOfOne(op) {
		method = "GradientInHalo"
	}
	f.equation("%s = %sᵀ(%s)", v[2], name, v[0])
	f.emit(norm.Dot(method).Call(ids(v[2], v[0], v[1])...))
}

// store writes u.bn2.Store(&n.batch, g, sub1, ySub1, nil, nn.Streamed), or with x to add in place
// of nil.
func (f *function) store(op *ir.Op) {
	v := f.operands(op)
	norm, name := f.norm(op.Norm)
	out, equation, add := v[len(v)-1], v[0], jen.Nil()
	if len(op.In) == 2 {
		equation, add = v[0]+" + "+v[1], jen.Id(v[1])
	}
	f.equation("%s = %s, and its statistics for %s", out, equation, name)
	f.emit(norm.Dot("Store").Call(append([]jen.Code{jen.Op("&").Id("n").Dot("batch")},
		jen.Id("g"), jen.Id(out), jen.Id(v[0]), add, stream(op))...))
}

// normGradientSum writes u.bn2.GradientSum(dOut, dOutHaloed, dBN2, sub1, unit1_1DOut, nn.Streamed),
// or nil for the halo.
func (f *function) normGradientSum(op *ir.Op) {
	v := f.operands(op)
	halo, also := "nil", ""
	if op.SecondOut != nil {
		halo, also = f.local(op.SecondOut), ", also in a halo"
	}
	norm, name := f.norm(op.Norm)
	f.equation("%s = %sᵀ(%s) + %s%s", v[3], name, v[0], v[2], also)
	f.emit(norm.Dot("GradientSum").Call(append(ids(v[3], halo, v[0], v[1], v[2]), stream(op))...))
}

// activateSum writes u.bn2.ActivateSum(out, outHaloed, sub2, x, nil, nn.Streamed), or nil for the
// halo, or &u.projectBN for the shortcut's norm in place of nil.
func (f *function) activateSum(op *ir.Op) {
	v := f.operands(op)
	halo, also := "nil", ""
	if op.SecondOut != nil {
		halo, also = f.local(op.SecondOut), ", also in a halo"
	}
	norm, name := f.norm(op.Norm)
	of, e := jen.Nil(), v[1]
	if op.ShortcutNorm != nil {
		shortcut, name := f.norm(op.ShortcutNorm)
		of, e = jen.Op("&").Add(shortcut), name+"("+v[1]+")"
	}
	f.equation("%s = leaky(%s(%s) + %s)%s", v[2], name, v[0], e, also)
	f.emit(norm.Dot("ActivateSum").Call(append(ids(v[2], halo, v[0], v[1]), of, stream(op))...))
}

// activateSumGradient writes u.bn2.ActivateSumGradient(g, dSum, dOut, unit1_1DSum, out, sub2,
// nn.Streamed), or nil for the gradient to add.
func (f *function) activateSumGradient(op *ir.Op) {
	v := f.operands(op)
	out, sum, add := v[len(v)-1], v[0], "nil"
	if len(op.In) == 4 {
		add = v[3]
		sum = "(" + v[0] + " + " + add + ")"
	}
	norm, name := f.norm(op.Norm)
	f.equation("%s = %s · leaky′(%s), and its sums for %sᵀ", out, sum, v[1], name)
	f.emit(norm.Dot("ActivateSumGradient").Call(append(ids("g", out, v[0], add, v[1], v[2]), stream(op))...))
}

// stream is the last argument of what writes a tensor of the batch.
func stream(op *ir.Op) jen.Code {
	if op.Stream {
		return jen.Qual(pathNN, "Streamed")
	}
	return jen.Qual(pathNN, "Cached")
}
