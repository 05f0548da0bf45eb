package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// inference writes the inference package: a graph of passes of its own, in a folder beside the
// trainer's.
type inference struct {
	*emitter
	own    outline // of this package
	graph  *ir.Graph
	folded map[*ir.Conv]*ir.Norm // into a convolution
}

// inferencePackage is the package's name, and its folder.
const inferencePackage = "infer"

func newInference(e *emitter, g *ir.Graph) *inference {
	n := &inference{emitter: e, graph: g, folded: map[*ir.Conv]*ir.Norm{}}
	for _, p := range g.Phases {
		n.own.scope(n.unitOf(p))
	}
	n.own.fill(g, n.unitOf)
	for _, b := range g.Norms {
		if b.Folded != nil {
			n.folded[b.Folded] = b
		}
	}
	return n
}

// sources lists the package's files.
func (n *inference) sources() []source {
	sources := []source{
		{"model.go", formatted(n.modelFile)},
		{"network.go", formatted(n.networkFile)},
		{"memory.go", formatted(n.memoryFile)},
		{"example_test.go", formatted(n.exampleFile)},
	}
	for _, c := range n.own.chapters {
		sources = append(sources, source{c.file, formatted(func() *jen.File { return n.chapterFile(c) })})
	}
	for i := range sources {
		sources[i].path = inferencePackage + "/" + sources[i].path
	}
	return sources
}

func (n *inference) path() string { return n.ImportPath + "/" + inferencePackage }

// file begins a file of the package.
func (n *inference) file() *jen.File { return n.newFile(n.path(), inferencePackage) }

// networkFile writes the geometry, and the flat list of the layers.
func (n *inference) networkFile() *jen.File {
	f := n.file()
	f.Add(n.unitTypes()).Line()
	f.Add(n.networkType()).Line()
	f.Add(n.newFunction()).Line()
	f.Add(n.forwardList())
	return f
}

// fields are what a unit's convolutions and norms are called.
func (n *inference) fields(s *scope) (norms, convs []string) {
	for _, b := range s.norms {
		if b.ShiftOf == nil {
			norms = append(norms, b.Field)
		}
	}
	for _, c := range s.convs {
		if !c.Dense {
			convs = append(convs, c.Field)
		}
	}
	return norms, convs
}

// biases are what those of a unit's convolutions are called that no norm takes.
func (n *inference) biases(s *scope) (fields []string) {
	for _, c := range s.convs {
		if n.addsBias(c) {
			fields = append(fields, c.Bias.Field)
		}
	}
	return fields
}

// addsBias reports whether a convolution's biases are added to its output. The fully connected
// layer holds its own.
func (n *inference) addsBias(c *ir.Conv) bool {
	return c.Bias != nil && !c.Dense && n.folded[c] == nil
}

// unitTypeName names the type of a unit's weights.
func (n *inference) unitTypeName(s *scope) string {
	_, convs := n.fields(s)
	switch {
	case s.field == "stem" || s.field == "head":
		return s.field
	case slices.ContainsFunc(s.convs, func(c *ir.Conv) bool { return c.Shortcut }):
		return "projectionUnit"
	case len(convs) == 2:
		return "basicUnit"
	}
	return "bottleneckUnit"
}

// unitTypes writes
//
//	// basicUnit is the weights of a residual unit, as the kernels read them.
//	type basicUnit struct {
//		initBN, bn2  engine.Affine
//		conv1, conv2 []float32
//	}
func (n *inference) unitTypes() jen.Code {
	docs := map[string]string{
		"stem":           "stem is the weights of the first convolution, as the kernels read them.",
		"basicUnit":      "basicUnit is the weights of a residual unit. Where a norm alone reads a convolution, its scale is in the weights, and its shift remains.",
		"bottleneckUnit": "bottleneckUnit is the weights of a residual unit. Where a norm alone reads a convolution, its scale is in the weights, and its shift remains.",
		"projectionUnit": "projectionUnit is a " + map[bool]string{false: "basic", true: "bottleneck"}[n.Net.Bottleneck] + "Unit with a projection for a shortcut.",
		"head":           "head is the layers after the last unit.",
	}
	all, seen := jen.Null(), map[string]bool{}
	n.own.each(func(s *scope) {
		name := n.unitTypeName(s)
		if seen[name] {
			return
		}
		seen[name] = true
		norms, convs := n.fields(s)
		var fields []jen.Code
		if len(norms) > 0 {
			fields = append(fields, jen.List(ids(norms...)...).Qual(pathEngine, "Affine"))
		}
		if len(convs) > 0 {
			fields = append(fields, jen.List(ids(convs...)...).Index().Float32())
		}
		if biases := n.biases(s); len(biases) > 0 {
			fields = append(fields, jen.List(ids(biases...)...).Index().Float32())
		}
		if slices.ContainsFunc(s.convs, func(c *ir.Conv) bool { return c.Dense }) {
			fields = append(fields, jen.Id("dense").Op("*").Qual(pathEngine, "Dense"))
		}
		all.Add(lines("%s", docs[name])).Line().Type().Id(name).Struct(fields...).Line().Line()
	})
	return all
}

// networkType writes the struct of weights and geometries.
func (n *inference) networkType() jen.Code {
	var fields []jen.Code
	n.own.each(func(s *scope) { fields = append(fields, jen.Id(s.field).Id(n.unitTypeName(s))) })
	fields = append(fields, jen.Line())
	for _, g := range n.inferenceGeometries() {
		fields = append(fields, jen.Id(g.name).Add(g.kind))
	}
	return jen.Add(lines("network holds the weights, constant after loading, and the geometry of each convolution.")).Line().
		Type().Id("network").Struct(fields...)
}

// inferenceGeometries lists those of the inference package, with the types of package engine: the
// convolutions' without the fully connected layer's, then the pools'.
func (n *inference) inferenceGeometries() []geometry {
	var all []geometry
	for _, c := range n.graph.Convs {
		if !c.Dense {
			all = append(all, engineConv(c))
		}
	}
	for _, g := range operationGeometries(n.graph) {
		all = append(all, geometry{g.name, jen.Op("*").Qual(pathEngine, "Pool"), jen.Qual(pathEngine, "NewPool").Call(g.value)})
	}
	return distinct(all)
}

// engineConv writes *engine.Conv and engine.NewConv(workers, 3, 2, 28, 28, 16, 32), or
// *engine.Winograd and engine.NewWinograd(workers, chunk, 28, 28, 16, 16).
func engineConv(c *ir.Conv) geometry {
	kind, arguments := "Conv", []jen.Code{jen.Id("workers"), jen.Lit(c.Kernel), jen.Lit(c.Stride)}
	if c.Algorithm == ir.Winograd {
		kind, arguments = "Winograd", []jen.Code{jen.Id("workers"), jen.Id("chunk")}
	}
	arguments = append(arguments, jen.Lit(c.In.H), jen.Lit(c.In.W), jen.Lit(c.In.C), jen.Lit(c.Out.C))
	return geometry{convName(c), jen.Op("*").Qual(pathEngine, kind), jen.Qual(pathEngine, constructor(kind, c.Symmetric && c.Algorithm == ir.Direct)).Call(arguments...)}
}

// newFunction writes
//
//	// newNetwork returns the network with a checkpoint's variables, for so many workers.
//	func newNetwork(v *engine.Variables, workers int) *network {
//		n := &network{winograd_28x28x16to16: engine.NewWinograd(workers, chunk, 28, 28, 16, 16), …}
//		n.loadStem(v)
//		…
//		return n
//	}
func (n *inference) newFunction() jen.Code {
	var rows []jen.Code
	for _, g := range n.inferenceGeometries() {
		rows = append(rows, field(g.name, g.value))
	}
	body := []jen.Code{jen.Id("n").Op(":=").Op("&").Id("network").Add(onLines(rows))}
	n.own.each(func(s *scope) {
		body = append(body, jen.Id("n").Dot("load"+ir.Capitalize(s.field)).Call(jen.Id("v")))
	})
	return jen.Add(lines("newNetwork returns the network with a checkpoint's variables, for so many workers. v.Err reports problems.")).Line().
		Func().Id("newNetwork").Params(jen.Id("v").Op("*").Qual(pathEngine, "Variables"), jen.Id("workers").Int()).Op("*").Id("network").
		Block(append(body, jen.Return(jen.Id("n")))...)
}

// forwardList writes
//
//	func (n *network) forward(ctx *engine.WorkerContext, m *memory) {
//		for ctx.NextImage() {
//			n.stemForward(ctx, m)
//			ctx.Wait()
//			…
//		}
//		n.unit3_1Sub1(ctx, m)
//		ctx.Wait()
//		…
//	}
func (n *inference) forwardList() jen.Code {
	calls := func(phases []*ir.Phase) (body []jen.Code) {
		for _, p := range phases {
			body = append(body, jen.Id("n").Dot(n.inferenceMethod(p)).Call(jen.Id("ctx"), jen.Id("m")), jen.Id("ctx").Dot("Wait").Call())
		}
		return body
	}
	singles, together := n.graph.Phases[:n.graph.Inference.Singles], n.graph.Phases[n.graph.Inference.Singles:]
	doc, body := "forward runs every layer on a chunk of images.", calls(together)
	if len(singles) > 0 {
		doc += " The first ones, which have more activations than weights, take one image after the other."
		body = append([]jen.Code{jen.For(jen.Id("ctx").Dot("NextImage").Call()).Block(calls(singles)...)}, body...)
	}
	return jen.Add(lines("%s", doc+" Workers that share an image wait for each other after each.")).Line().
		Func().Params(jen.Id("n").Op("*").Id("network")).Id("forward").Params(contextAndMemory()...).Block(body...)
}

func contextAndMemory() []jen.Code {
	return []jen.Code{jen.Id("ctx").Op("*").Qual(pathEngine, "WorkerContext"), jen.Id("m").Op("*").Id("memory")}
}

func (n *inference) inferenceMethod(p *ir.Phase) string {
	name := n.phaseName(p, "")
	if name == "stem" || name == "head" {
		return name + "Forward"
	}
	return name
}

// layout writes conv.Halo(28, 28, 16, 1), or another layout.
func layout(b ir.Buffer) jen.Code {
	size := []jen.Code{jen.Lit(b.Shape.H), jen.Lit(b.Shape.W), jen.Lit(b.Shape.C)}
	if b.Layout.Halo > 0 {
		size = append(size, jen.Lit(b.Layout.Halo))
	}
	return jen.Qual(pathConv, layoutName(b.Layout)).Call(size...)
}

// memoryFile writes what a pass through the network needs.
func (n *inference) memoryFile() *jen.File {
	g := &n.graph.Inference
	f := n.file()
	f.Add(jen.Add(lines("chunk is how many images go through the network together.")).Line().
		Const().Id("chunk").Op("=").Lit(g.Chunk)).Line()
	var fields, rows []jen.Code
	for _, b := range g.Buffers {
		images := jen.Id("chunk")
		if b.Single {
			images = jen.Lit(1)
		}
		fields = append(fields, jen.Id(bufferName(b.Buffer)).Qual(pathEngine, "Images"))
		rows = append(rows, field(bufferName(b.Buffer), jen.Qual(pathEngine, "NewImages").Call(jen.Id("a"), number(b.Offset), images, layout(b.Buffer))))
	}
	f.Add(lines("memory is the activations of a chunk, a field for each shape and layout: a layer writes what the next ones read, and no layer\nwrites what it reads. A field named one… has one image of the chunk at a time.")).Line().
		Type().Id("memory").Struct(fields...).Line()
	f.Add(lines("newMemory allocates the memory of a chunk, %d bytes.", g.Bytes)).Line().
		Func().Id("newMemory").Params().Op("*").Id("memory").Block(
		jen.Id("a").Op(":=").Qual(pathMem, "New").Call(number(g.Bytes)),
		jen.Return(jen.Op("&").Id("memory").Add(onLines(rows))),
	)
	return f
}
