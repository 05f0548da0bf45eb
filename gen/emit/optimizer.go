package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"
)

// optimizerUpdate writes a worker's share of the optimizer's step, one of
//
//	n.parameters.UpdateSGD(n.rate, part)
//	n.parameters.UpdateMomentum(n.rate, momentum, part)
//	n.parameters.UpdateAdamW(n.rate, adam, n.steps, part)
func (e *emitter) optimizerUpdate() jen.Code {
	o := &e.Graph.Optimizer
	arguments := []jen.Code{jen.Id("n").Dot("rate")}
	for _, name := range o.Constants {
		arguments = append(arguments, jen.Id(name))
	}
	if o.CountsSteps {
		arguments = append(arguments, jen.Id("n").Dot("steps"))
	}
	return jen.Id("n").Dot("parameters").Dot(o.Method).Call(append(arguments, jen.Id("part"))...)
}

// optimizerConstants declares the numbers among the optimizer's constants, beside the network's
// own.
func (e *emitter) optimizerConstants() (declared []jen.Code) {
	if e.optimizerTakes("momentum") {
		declared = append(declared, jen.Id("momentum").Op("=").Lit(e.Info.Momentum))
	}
	return declared
}

// optimizerVariables declares the structs among the optimizer's constants.
func (e *emitter) optimizerVariables() (declared []jen.Code) {
	if e.optimizerTakes("adam") {
		declared = append(declared, e.adamVariable())
	}
	return declared
}

func (e *emitter) optimizerTakes(constant string) bool {
	return slices.Contains(e.Graph.Optimizer.Constants, constant)
}

// adamVariable writes var adam = nn.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-08, WeightDecay:
// weightDecay}.
func (e *emitter) adamVariable() jen.Code {
	adam := &e.Net.Train.Adam
	return jen.Line().Line().Add(lines("adam has the optimizer's constants.")).Line().Var().Id("adam").Op("=").Qual(pathNN, "Adam").Values(
		field("Beta1", jen.Lit(adam.Beta1)), field("Beta2", jen.Lit(adam.Beta2)), field("Epsilon", jen.Lit(adam.Epsilon)),
		field("WeightDecay", jen.Id("weightDecay")))
}

// decaysAll reports whether more than the weights decays.
func (e *emitter) decaysAll() bool { return e.Graph.Plan.Decayed > e.Graph.Plan.Weights }

// gradientDecay is what weight decay adds of the weights to their gradients.
func (e *emitter) gradientDecay() jen.Code {
	if e.Graph.Optimizer.DecouplesDecay {
		return jen.Lit(0)
	}
	return jen.Id("weightDecay")
}

// lossDecay is what weight decay adds to the loss.
func (e *emitter) lossDecay() jen.Code {
	if e.Graph.Optimizer.DecouplesDecay {
		return jen.Lit(0)
	}
	return jen.Id("n").Dot("parameters").Dot("WeightDecayLoss").Call(jen.Id("weightDecay"))
}

// updateMethod writes the optimizer's step:
//
//	func (n *Net) update(part par.Part) {
//		n.parameters.AddDecayToNormsAndBiases(weightDecay, part)
//		n.parameters.UpdateMomentum(n.rate, momentum, part)
//	}
func (e *emitter) updateMethod() jen.Code {
	o := &e.Graph.Optimizer
	body := []jen.Code{e.optimizerUpdate()}
	does := "moves the variables by " + o.Description
	if e.decaysAll() && !o.DecouplesDecay {
		body = append([]jen.Code{jen.Id("n").Dot("parameters").Dot("AddDecayToNormsAndBiases").Call(jen.Id("weightDecay"), jen.Id("part"))}, body...)
		does = "adds weight decay to the gradients that are not those of weights, and " + does
	}
	return jen.Add(lines("update %s.", does)).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id("update").Params(jen.Id("part").Qual(pathPar, "Part")).Block(body...)
}

// counterMethods writes the methods of network.Counter, where the optimizer counts its steps.
func (e *emitter) counterMethods() []jen.Code {
	if !e.Graph.Optimizer.CountsSteps {
		return nil
	}
	steps := func() *jen.Statement { return jen.Id("n").Dot("steps") }
	return []jen.Code{
		method("StepCount returns the number of training steps done.",
			"StepCount", nil, jen.Int(), jen.Return(steps())),
		method("SetStepCount sets the number of training steps done, such as a checkpoint's.",
			"SetStepCount", []jen.Code{jen.Id("steps").Int()}, nil, steps().Op("=").Id("steps")),
	}
}
