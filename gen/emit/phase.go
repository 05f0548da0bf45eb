package emit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// function is a phase's method while it is written.
type function struct {
	e      *emitter
	phase  *ir.Phase
	scope  *scope
	locals map[*ir.Tensor]string
	taken  map[string]bool

	equations []string
	setup     []jen.Code // before the loop over the images
	views     []jen.Code // in the loop: the image's tensors
	loop      []jen.Code // and what is done with them
	after     []jen.Code // the loop
	usesUnit  bool
}

// phaseMethod writes
//
//	// unit1_0Sub1Forward is unit_1_0/sub1, forward: …
//	//
//	//	EQUATIONS
//	func (n *Net) unit1_0Sub1Forward(w *worker, g int, images par.Range) {
//		u := &n.unit1_0
//		SETUP
//		for i := images.First; i < images.End; i++ {
//			VIEWS
//
//			LOOP
//		}
//		AFTER
//	}
func (e *emitter) phaseMethod(s *scope, p *ir.Phase) jen.Code {
	f := &function{e: e, phase: p, scope: s, locals: map[*ir.Tensor]string{}, taken: map[string]bool{}}
	for _, op := range p.Ops {
		f.op(op)
	}
	name := e.phaseMethodName(p)
	var body []jen.Code
	if f.usesUnit {
		body = append(body, jen.Id("u").Op(":=").Op("&").Id("n").Dot(s.field))
	}
	body = append(body, f.setup...)
	body = append(body, jen.For(
		jen.Id("i").Op(":=").Id("images").Dot("First"), jen.Id("i").Op("<").Id("images").Dot("End"), jen.Id("i").Op("++"),
	).Block(append(append(f.views, jen.Line()), f.loop...)...))
	body = append(body, f.after...)
	scratch, group := f.parameters()
	return jen.Add(lines("%s is %s, %s: %s.\n\n\t%s", name, p.Name, p.Pass, e.summary(p), strings.Join(f.equations, "\n\t"))).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id(name).Params(
		jen.Id(scratch).Op("*").Id("worker"), jen.Id(group).Int(), jen.Id("images").Qual(pathPar, "Range"),
	).Block(body...)
}

// phaseMethodName is the name of a phase's method: of the two of a layer whose products are the
// whole batch's, the first is its input.
func (e *emitter) phaseMethodName(p *ir.Phase) string {
	name := e.phaseName(p, ir.Capitalize(string(p.Pass)))
	if p.Transforms() {
		name += "Input"
	}
	return name
}

// parameters names the method's first two parameters: _ for one that it does not use.
func (f *function) parameters() (scratch, group string) {
	scratch, group = "_", "_"
	for _, op := range f.phase.Ops {
		if op.Kind.SumsGroups() {
			group = "g"
		}
		inScratch := slices.ContainsFunc(op.Outs(), func(t *ir.Tensor) bool { return t.Storage == ir.Scratch })
		if inScratch || op.Conv != nil && op.Conv.Algorithm != ir.Direct {
			scratch = "w"
		}
	}
	return scratch, group
}

// summary is the phase's layer in a few words.
func (e *emitter) summary(p *ir.Phase) string {
	l := e.layers[p.Name]
	text := fmt.Sprintf("%s, %s → %s", l.Op, size(l.In), size(l.Out))
	if l.Algorithm != "" {
		text += ", " + l.Algorithm
	}
	return text
}

func size(s [3]int) string { return fmt.Sprintf("%d×%d×%d", s[0], s[1], s[2]) }

// local returns the variable that holds one image of a tensor, declared where it is first needed.
func (f *function) local(t *ir.Tensor) string {
	if name, ok := f.locals[t]; ok {
		return name
	}
	name := t.Field
	switch {
	case goName(t.Unit) == f.scope.field:
	case t.Field == "out" && goName(t.Unit) == f.scope.previous:
		name = "x"
	default:
		name = goName(t.Unit) + ir.Capitalize(t.Field)
	}
	if f.taken[name] {
		name += map[bool]string{false: "Dense", true: "Haloed"}[t.Layout.Halo > 0]
	}
	f.taken[name] = true
	f.locals[t] = name
	if t.Storage == ir.Scratch {
		buffer := bufferName(t.Buffer())
		f.setup = append(f.setup, jen.Id(name).Op(":=").Id("w").Dot(buffer).Index(jen.Op(":")))
	} else {
		f.views = append(f.views, jen.Id(name).Op(":=").Add(f.memory(t.Unit)).Dot(t.Field).Index(jen.Id("i")).Index(jen.Op(":")))
	}
	return name
}

// memory is the struct of a scope: u for the phase's own.
func (f *function) memory(unit string) *jen.Statement {
	if goName(unit) == f.scope.field {
		f.usesUnit = true
		return jen.Id("u")
	}
	return jen.Id("n").Dot(goName(unit))
}

// memoryName is how the equations name a field of a scope.
func (f *function) memoryName(unit, field string) string {
	if goName(unit) == f.scope.field {
		return field
	}
	return goName(unit) + "." + field
}

// gradients declares the group's partial gradient of a variable, cleared.
//
//	dConv1 := u.conv1.Partials.Group(g)
//	clear(dConv1)
func (f *function) gradients(unit, field string) string {
	name := "d" + ir.Capitalize(field)
	f.setup = append(f.setup,
		jen.Id(name).Op(":=").Add(f.memory(unit)).Dot(field).Dot("Partials").Dot("Group").Call(jen.Id("g")),
		jen.Clear(jen.Id(name)),
	)
	return name
}

// reduceName is the name of the method that combines a phase's gradients: of the two phases of a
// layer whose products are the whole batch's, the first is its input.
func (e *emitter) reduceName(p *ir.Phase) string {
	if p.Transforms() {
		return e.phaseName(p, "InputReduce")
	}
	return e.phaseName(p, "Reduce")
}

// reduceMethod writes
//
//	// unit1_0Sub1Reduce combines the groups' gradients of …
//	func (n *Net) unit1_0Sub1Reduce(part par.Part) {
//		n.unit1_0.conv1.Reduce(weightDecay, &n.batch, part)
//	}
func (e *emitter) reduceMethod(p *ir.Phase) jen.Code {
	var body []jen.Code
	var names []string
	for _, op := range p.Finish {
		if reduce := emissionOf(op).reduce; reduce != nil {
			name, call := reduce(e, op)
			names, body = append(names, name), append(body, call)
		}
	}
	if len(body) == 0 {
		return nil
	}
	name := e.reduceName(p)
	return jen.Add(lines("%s sums the gradients of %s.", name, strings.Join(names, " and "))).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id(name).Params(jen.Id("part").Qual(pathPar, "Part")).Block(body...)
}

// reduceCall writes n.unit1_0.conv1.Reduce(weightDecay, &n.batch, part), or the bias's, which does
// not decay, or of a sum over the batch
//
//	n.conv1x1_7x7x512to2048.SumWeights(&n.layer4_2.conv3, weightDecay, &n.batch, part)
func (e *emitter) reduceCall(op *ir.Op) (variable string, call jen.Code) {
	arguments := []jen.Code{jen.Op("&").Id("n").Dot("batch"), jen.Id("part")}
	if op.Bias != nil {
		return op.Bias.Variable.Name, jen.Id("n").Dot(goName(op.Bias.Unit)).Dot(op.Bias.Field).Dot("Reduce").Call(arguments...)
	}
	arguments = append([]jen.Code{e.gradientDecay()}, arguments...)
	weights := jen.Id("n").Dot(goName(op.Conv.Unit)).Dot(op.Conv.Field)
	if op.Conv.SumsBatch {
		arguments = append([]jen.Code{jen.Op("&").Add(weights)}, arguments...)
		return op.Conv.Weights.Name, jen.Id("n").Dot(convName(op.Conv)).Dot("SumWeights").Call(arguments...)
	}
	return op.Conv.Weights.Name, weights.Dot("Reduce").Call(arguments...)
}
