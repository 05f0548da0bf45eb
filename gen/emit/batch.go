package emit

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// batchMethods are the methods of nn.WinogradBatch that an image's operations call.
var batchMethods = map[ir.Kind]string{
	ir.OpBatchInput: "Input", ir.OpBatchInputGradient: "InputGradient", ir.OpBatchInputWeights: "InputWeights",
	ir.OpBatchOutput: "Output", ir.OpBatchOutputGradient: "OutputGradient",
}

// batchInput writes n.winogradBatch_8x8x640to640.Input(i, aInitBN).
func (f *function) batchInput(op *ir.Op) {
	v := f.operands(op)
	f.equation("%s transformed for %s", strings.Join(v, ", "), f.memoryName(op.Conv.Unit, op.Conv.Field))
	f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot(batchMethods[op.Kind]).Call(append([]jen.Code{jen.Id("i")}, ids(v...)...)...))
}

// batchOutput writes n.winogradBatch_8x8x640to640.Output(i, ySub1).
func (f *function) batchOutput(op *ir.Op) {
	v := f.operands(op)
	turned := map[bool]string{true: "ᵀ"}[op.Kind == ir.OpBatchOutputGradient]
	f.equation("%s = the products with %s%s", v[0], f.memoryName(op.Conv.Unit, op.Conv.Field), turned)
	f.emit(jen.Id("n").Dot(convName(op.Conv)).Dot(batchMethods[op.Kind]).Call(jen.Id("i"), jen.Id(v[0])))
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
		call := func(method string, arguments ...jen.Code) {
			field = op.Conv.Field
			weights := jen.Op("&").Id("n").Dot(goName(op.Conv.Unit)).Dot(field)
			arguments = append(append([]jen.Code{weights}, arguments...), jen.Op("&").Id("n").Dot("batch"), jen.Id("part"))
			body = append(body, jen.Id("n").Dot(convName(op.Conv)).Dot(method).Call(arguments...))
		}
		switch op.Kind {
		case ir.OpBatchForward:
			call("Forward")
		case ir.OpBatchData:
			call("BackwardData")
		case ir.OpBatchWeights:
			call("BackwardWeights", e.gradientDecay())
		}
	}
	if len(body) == 0 {
		return nil
	}
	name := phaseName(p, ir.Capital(string(p.Pass))+"Products")
	return jen.Add(lines("%s takes the whole batch's products with %s.", name, field)).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id(name).Params(jen.Id("part").Qual(pathPar, "Part")).Block(body...)
}
