package emit

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// batchInput writes n.winogradBatch_8x8x640to640.Input(i, aInitBN, w.workspace[:]).
func batchInput(method string) func(*function, *ir.Op) {
	return func(f *function, op *ir.Op) {
		v := f.operands(op)
		f.equation("%s transformed for %s", strings.Join(v, ", "), f.memoryName(op.Conv.Unit, op.Conv.Field))
		f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot(method).Call(append([]jen.Code{jen.Id("i")}, append(ids(v...), workspace(op.Conv)...)...)...))
	}
}

// batchOutput writes n.winogradBatch_8x8x640to640.Output(i, ySub1, w.workspace[:]).
func batchOutput(method, turned string) func(*function, *ir.Op) {
	return func(f *function, op *ir.Op) {
		v := f.operands(op)
		f.equation("%s = the products with %s%s", v[0], f.memoryName(op.Conv.Unit, op.Conv.Field), turned)
		f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot(method).Call(append([]jen.Code{jen.Id("i"), jen.Id(v[0])}, workspace(op.Conv)...)...))
	}
}

// productsMethod writes
//
//	// unit3_1Sub1ForwardProducts takes the whole batch's products with conv1.
//	func (n *Net) unit3_1Sub1ForwardProducts(part par.Part) {
//		n.winogradBatch_8x8x640to640.Forward(&n.unit3_1.conv1, &n.batch, part)
//	}
func (e *emitter) productsMethod(p *ir.Phase) jen.Code {
	var body []jen.Code
	field := ""
	for _, op := range p.Finish {
		products := emissionOf(op).products
		if products == nil {
			continue
		}
		method, arguments := products(e, op)
		field = op.Conv.Field
		weights := jen.Op("&").Id("n").Dot(goName(op.Conv.Unit)).Dot(field)
		arguments = append(append([]jen.Code{weights}, arguments...), jen.Op("&").Id("n").Dot("batch"), jen.Id("part"))
		body = append(body, jen.Id("n").Dot(convName(op.Conv)).Dot(method).Call(arguments...))
	}
	if len(body) == 0 {
		return nil
	}
	name := e.phaseName(p, ir.Capitalize(string(p.Pass))+"Products")
	return jen.Add(lines("%s takes the whole batch's products with %s.", name, field)).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id(name).Params(jen.Id("part").Qual(pathPar, "Part")).Block(body...)
}

func productsCall(method string) func(*emitter, *ir.Op) (string, []jen.Code) {
	return func(*emitter, *ir.Op) (string, []jen.Code) { return method, nil }
}

// weightProducts is the one of the weights' gradient, which decays the weights.
func (e *emitter) weightProducts(*ir.Op) (string, []jen.Code) {
	return "BackwardWeights", []jen.Code{e.gradientDecay()}
}
