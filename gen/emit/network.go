package emit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dave/jennifer/jen"
	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// networkFile writes the package's documentation, Net, its methods, and the flat lists of a step.
func (e *emitter) networkFile() *jen.File {
	f := e.packageFile()
	for _, line := range strings.Split(e.packageComment(), "\n") {
		if line == "" || line[0] == '\t' {
			f.PackageComment("//" + line)
			continue
		}
		f.PackageComment("// " + line)
	}
	f.Add(e.abiCheck()).Line()
	f.Add(e.constants()).Line()
	f.Add(e.netType()).Line()
	f.Add(e.newFunction()).Line()
	for _, method := range e.methods() {
		f.Add(method).Line()
	}
	f.Add(e.forwardList()).Line()
	f.Add(e.backwardList()).Line()
	f.Add(e.packMethod()).Line()
	f.Add(e.updateMethod())
	return f
}

// packageComment is a sentence and the table of layers.
func (e *emitter) packageComment() string {
	i := e.Info
	var b bytes.Buffer
	fmt.Fprintf(&b, "Package %s is a residual network: %s images, %d classes, %s parameters, %s multiply-accumulates an image.\n\n",
		i.Name, size(i.Input), i.Classes, humanize.Comma(i.Parameters), humanize.Comma(i.MACs))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "#\tlayer\top\tin\tout\tparams\tMACs\talgorithm\tarena\n")
	for k, l := range i.Layers {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%d\n", k, l.Name, l.Op, size(l.In), size(l.Out), l.Parameters, l.MACs, l.Algorithm, l.Offset)
	}
	w.Flush() //nolint:errcheck // a bytes.Buffer takes all
	text := strings.TrimRight(b.String(), "\n")
	head, rows, _ := strings.Cut(text, "\n\n")
	return wrap(head, 110) + "\n\n\t" + strings.ReplaceAll(rows, "\n", "\n\t")
}

// wrap breaks a sentence into lines of at most width characters.
func wrap(text string, width int) string {
	var b strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		if i > 0 {
			if column+1+len(word) > width {
				b.WriteByte('\n')
				column = 0
			} else {
				b.WriteByte(' ')
				column++
			}
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// abiCheck writes const _ = abi.V6OrRunResnetgenGenerate, which fails to compile with another
// runtime.
func (e *emitter) abiCheck() jen.Code {
	return jen.Add(lines("The runtime must be the one that this package was generated for; if not, generate it again.")).Line().
		Const().Id("_").Op("=").Qual(pathABI, "V6OrRunResnetgenGenerate")
}

func (e *emitter) constants() jen.Code {
	values := []jen.Code{
		jen.Id("capacity").Op("=").Lit(e.Info.Capacity).Comment("images of a call"),
		jen.Id("classes").Op("=").Lit(e.Info.Classes),
		jen.Id("weightDecay").Op("=").Lit(e.Info.WeightDecay),
	}
	if e.Info.LabelSmoothing != 0 {
		values = append(values, jen.Id("labelSmoothing").Op("=").Lit(e.Info.LabelSmoothing))
	}
	return jen.Const().Defs(append(values, e.optimizerConstants()...)...).Add(e.optimizerVariables()...)
}

// netType writes the struct of the network.
func (e *emitter) netType() jen.Code {
	fields := []jen.Code{
		jen.Id("memory").Op("*").Qual(pathNN, "Memory"),
		jen.Id("crew").Op("*").Qual(pathNN, "Crew").Types(jen.Id("Net"), jen.Id("worker")),
		jen.Id("parameters").Qual(pathNN, "Parameters"),
		jen.Id("variables").Index().Qual(pathNetwork, "Variable"),
		jen.Id("loss").Qual(pathNN, "Loss"),
		jen.Line(),
		jen.Id("batch").Qual(pathNN, "Batch").Comment("of the step that is running"),
		jen.Id("rate").Float32().Comment("its learning rate"),
	}
	if e.Graph.Optimizer.CountsSteps {
		fields = append(fields, jen.Id("steps").Int().Comment("training steps so far, that one included"))
	}
	fields = append(fields, jen.Line())
	e.each(func(s *scope) { fields = append(fields, jen.Id(s.field).Id(s.typeName)) })
	fields = append(fields, jen.Line())
	for _, g := range e.geometries() {
		fields = append(fields, jen.Id(g.name).Add(g.kind))
	}
	return jen.Add(lines("Net is the network with its variables and all memory of a step. One goroutine at a time uses it.")).Line().
		Type().Id("Net").Struct(fields...)
}

// newFunction writes New.
func (e *emitter) newFunction() jen.Code {
	n := func() *jen.Statement { return jen.Id("n") }
	body := []jen.Code{
		jen.Id("m").Op(":=").Qual(pathNN, "NewMemory").Call(jen.Op("&").Id("plan")),
		n().Op(":=").Op("&").Id("Net").Values(
			field("memory", jen.Id("m")), field("parameters", jen.Id("m").Dot("Parameters").Call()),
			field("variables", jen.Id("m").Dot("Variables").Call(jen.Id("Info").Dot("Variables"), jen.Id("offsets").Index(jen.Op(":")))),
			field("loss", jen.Id("m").Dot("Loss").Call()),
		),
	}
	for _, g := range e.geometries() {
		body = append(body, n().Dot(g.name).Op("=").Add(g.value))
	}
	e.each(func(s *scope) { body = append(body, n().Dot(bindName(s)).Call(jen.Id("m"))) })
	body = append(body,
		n().Dot("crew").Op("=").Qual(pathNN, "NewCrew").Types(jen.Id("Net"), jen.Id("worker")).Call(n(), jen.Id("o")),
		jen.Return(n()))
	return jen.Add(lines("New returns the network with all variables 0. Set them by [Net.Initialize], or from a checkpoint through\n[Net.Variables]. New panics with a *mem.OutOfMemory if memory is short: see [mem.Recover].")).Line().
		Func().Id("New").Params(jen.Id("o").Qual(pathNetwork, "Options")).Op("*").Id("Net").Block(body...)
}

// phaseCall is a method of Net as a function.
func phaseCall(method string) jen.Code { return jen.Parens(jen.Op("*").Id("Net")).Dot(method) }

// forwardList writes
//
//	func (n *Net) forward() {
//		n.crew.Split((*Net).pack)
//		n.crew.Each((*Net).stemForward)
//		n.unit1_0.initBN.Finish(&n.batch)
//		…
//	}
func (e *emitter) forwardList() jen.Code {
	return jen.Add(lines("forward runs every layer on the batch.")).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id("forward").Params().Block(
		append([]jen.Code{jen.Id("n").Dot("crew").Dot("Split").Call(phaseCall("pack"))}, e.phaseList(ir.Forward)...)...)
}

// backwardList writes its mirror, down to the optimizer.
func (e *emitter) backwardList() jen.Code {
	return jen.Add(lines("backward computes every gradient from the results of forward, and updates the variables.")).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id("backward").Params().Block(
		append(e.phaseList(ir.Backward, ir.Recompute), jen.Id("n").Dot("crew").Dot("Split").Call(phaseCall("update")))...)
}

func (e *emitter) phaseList(passes ...ir.Pass) (calls []jen.Code) {
	crew := func() *jen.Statement { return jen.Id("n").Dot("crew") }
	for _, p := range e.Graph.Phases {
		if !slices.Contains(passes, p.Pass) {
			continue
		}
		calls = append(calls, crew().Dot("Each").Call(phaseCall(e.phaseMethodName(p))))
		if p.Transforms() {
			calls = append(calls, crew().Dot("SplitSamePhase").Call(phaseCall(e.phaseName(p, ir.Capitalize(string(p.Pass))+"Products"))))
		}
		reduced := false
		for _, op := range p.Finish {
			write := emissionOf(op)
			switch {
			case write.reduce != nil && !reduced:
				calls = append(calls, crew().Dot("SplitSamePhase").Call(phaseCall(e.reduceName(p))))
				reduced = true
			case write.barrier != nil:
				if call := write.barrier(op); call != nil {
					calls = append(calls, call)
				}
			}
		}
	}
	return calls
}

// packMethod writes the packing of every layer's weights.
func (e *emitter) packMethod() jen.Code {
	var body []jen.Code
	for _, c := range e.Graph.Convs {
		body = append(body, jen.Id("n").Dot(convName(c)).Dot("Pack").Call(
			jen.Op("&").Id("n").Dot(goName(c.Unit)).Dot(c.Field), jen.Op("&").Id("n").Dot("batch"), jen.Id("part")))
	}
	does := "lays the weights out as the kernels read them"
	if !e.Graph.Optimizer.DecouplesDecay {
		body = append(body, jen.Id("n").Dot("parameters").Dot("SumSquares").Call(jen.Id("part")))
		does += ", and sums " + map[bool]string{false: "their squares", true: "the squares of all variables"}[e.decaysAll()]
	}
	return jen.Add(lines("pack %s.", does)).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id("pack").Params(jen.Id("part").Qual(pathPar, "Part")).Block(body...)
}
