package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// emission is the code that is written for a kind of operation.
type emission struct {
	image     func(*function, *ir.Op)                     // on an image, in a phase of a training step
	geometry  func(*ir.Op) geometry                       // what its method belongs to, besides a convolution; nil: nothing
	barrier   func(*ir.Op) jen.Code                       // between two phases: a call in the flat list; nil: not there
	products  func(*emitter, *ir.Op) (string, []jen.Code) // of the whole batch: a method of nn.WinogradBatch, and its arguments
	reduce    func(*emitter, *ir.Op) (string, jen.Code)   // of groups' gradients: the variable's name, and a call
	inference func(*layer, *ir.Op, []string)              // in a layer of the inference package, with its operands' names
}

// emissions has a row for each kind of ir's table. init fills it, since the rows' functions look
// into it.
var emissions map[ir.Kind]emission

func init() {
	emissions = map[ir.Kind]emission{
		ir.OpImage:      {image: (*function).image, inference: nothing},
		ir.OpNormalize:  {image: (*function).normalize, inference: (*layer).normalize},
		ir.OpActivate:   {image: neverAlone},
		ir.OpConv:       {image: (*function).conv, inference: (*layer).convolve},
		ir.OpAdd:        {image: (*function).sum},
		ir.OpPool:       {image: geometryCall("Apply", "%s = pool(%s)"), inference: poolCall("pool"), geometry: pool("Pool")},
		ir.OpMaxPool:    {image: geometryCall("Apply", "%s, %s = max pool(%s), and the taps of the maxima"), inference: poolCall("max pool"), geometry: maxPool},
		ir.OpMoments:    {image: (*function).moments},
		ir.OpGlobalPool: {image: (*function).globalPool, inference: (*layer).globalPool},
		ir.OpBias:       {image: (*function).bias},
		ir.OpLoss:       {image: (*function).loss},

		ir.OpNormActivate: {image: (*function).normActivate},
		ir.OpAddTo:        {image: (*function).add},
		ir.OpPoolAdd:      {image: geometryCall("Add", "%s += pool(%s)"), geometry: pool("Pool")},

		ir.OpBiasGradient:       {image: (*function).biasGradient},
		ir.OpConvWeights:        {image: (*function).convWeights},
		ir.OpConvData:           {image: (*function).convData},
		ir.OpGlobalPoolGradient: {image: (*function).globalPoolGradient},
		ir.OpActivationGradient: {image: neverAlone},
		ir.OpNormSums:           {image: (*function).normSums},
		ir.OpActivateGradient:   {image: (*function).activateGradient},
		ir.OpNormGradient:       {image: (*function).normGradient},
		ir.OpPoolGradientAdd:    {image: geometryCall("AddGradient", "%s += poolᵀ(%s)"), geometry: poolGradient("Pool")},
		ir.OpMaxPoolGradient:    {image: geometryCall("Gradient", "%s = max poolᵀ(%s) by %s"), geometry: maxPool},

		ir.OpHalo:            {image: (*function).halo, inference: (*layer).halo},
		ir.OpStore:           {image: (*function).store},
		ir.OpNormGradientSum: {image: (*function).normGradientSum},

		ir.OpActivateSum:         {image: (*function).activateSum},
		ir.OpActivateSumGradient: {image: (*function).activateSumGradient},

		ir.OpBatchInput:          {image: batchInput("Input")},
		ir.OpBatchInputGradient:  {image: batchInput("InputGradient")},
		ir.OpBatchInputWeights:   {image: batchInput("InputWeights")},
		ir.OpBatchOutput:         {image: batchOutput("Output", "")},
		ir.OpBatchOutputGradient: {image: batchOutput("OutputGradient", "ᵀ")},

		ir.OpConvEpilogue: {inference: (*layer).epilogue},
		ir.OpEpilogue:     {inference: (*layer).epilogue},

		ir.OpFinish:         {barrier: normCall("Finish")},
		ir.OpFinishGradient: {barrier: normCall("FinishGradient")},
		ir.OpBatchForward:   {products: productsCall("Forward")},
		ir.OpBatchData:      {products: productsCall("BackwardData")},
		ir.OpBatchWeights:   {products: (*emitter).weightProducts},
		ir.OpReduce:         {reduce: (*emitter).reduceCall},
		ir.OpBarrier:        {barrier: func(*ir.Op) jen.Code { return nil }},
	}
}

// emissionOf returns the row of an operation. A kind without one is a defect of the compiler.
func emissionOf(op *ir.Op) emission {
	e, ok := emissions[op.Kind]
	if !ok {
		panic(fmt.Sprintf("%s of %s: no code", op.Kind, op.Layer))
	}
	return e
}

// neverAlone is for operations that the passes join with others. One alone is a defect of the
// compiler.
func neverAlone(_ *function, op *ir.Op) {
	panic(fmt.Sprintf("%s of %s: no code for it alone", op.Kind, op.Layer))
}

// nothing is for operations that others do with theirs.
func nothing(*layer, *ir.Op, []string) {}

// normCall writes n.unit1_0.bn2.Finish(&n.batch).
func normCall(method string) func(*ir.Op) jen.Code {
	return func(op *ir.Op) jen.Code {
		return jen.Id("n").Dot(goName(op.Norm.Unit)).Dot(op.Norm.Field).Dot(method).Call(jen.Op("&").Id("n").Dot("batch"))
	}
}
