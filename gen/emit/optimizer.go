package emit

import (
	"github.com/dave/jennifer/jen"
)

// optimizer is what the code of an optimizer has of its own.
type optimizer struct {
	does      string     // in words
	constants []jen.Code // beside the network's
	variable  jen.Code
	counts    bool // its update depends on the number of steps: the network is an network.Counter
	decouples bool // its weight decay is no part of the loss and its gradients
	update    func() jen.Code
}

// optimizer returns that of the spec. Its update is one of
//
//	n.parameters.UpdateSGD(n.rate, part)
//	n.parameters.UpdateMomentum(n.rate, momentum, part)
//	n.parameters.UpdateNesterov(n.rate, momentum, part)
//	n.parameters.UpdateAdamW(n.rate, adam, n.steps, part)
func (e *emitter) optimizer() optimizer {
	call := func(method string, more ...jen.Code) func() jen.Code {
		return func() jen.Code {
			arguments := append([]jen.Code{jen.Id("n").Dot("rate")}, more...)
			return jen.Id("n").Dot("parameters").Dot(method).Call(append(arguments, jen.Id("part"))...)
		}
	}
	momentum := []jen.Code{jen.Id("momentum").Op("=").Lit(e.Info.Momentum)}
	switch e.Info.Optimizer {
	case "mom":
		return optimizer{does: "momentum", constants: momentum, update: call("UpdateMomentum", jen.Id("momentum"))}
	case "nesterov":
		return optimizer{does: "Nesterov's momentum", constants: momentum, update: call("UpdateNesterov", jen.Id("momentum"))}
	case "adamw":
		return optimizer{
			does: "Adam with decoupled weight decay", variable: e.adamVariable(), counts: true, decouples: true,
			update: call("UpdateAdamW", jen.Id("adam"), jen.Id("n").Dot("steps")),
		}
	}
	return optimizer{does: "gradient descent", update: call("UpdateSGD")}
}

// adamVariable writes var adam = nn.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-08, WeightDecay: weightDecay}.
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
	if e.optimizer().decouples {
		return jen.Lit(0)
	}
	return jen.Id("weightDecay")
}

// lossDecay is what weight decay adds to the loss.
func (e *emitter) lossDecay() jen.Code {
	if e.optimizer().decouples {
		return jen.Lit(0)
	}
	return jen.Id("n").Dot("parameters").Dot("Decay").Call(jen.Id("weightDecay"))
}

// updateMethod writes the optimizer's step:
//
//	func (n *Net) update(part par.Part) {
//		n.parameters.DecayRest(weightDecay, part)
//		n.parameters.UpdateMomentum(n.rate, momentum, part)
//	}
func (e *emitter) updateMethod() jen.Code {
	o := e.optimizer()
	body := []jen.Code{o.update()}
	does := "moves the variables by " + o.does
	if e.decaysAll() && !o.decouples {
		body = append([]jen.Code{jen.Id("n").Dot("parameters").Dot("DecayRest").Call(jen.Id("weightDecay"), jen.Id("part"))}, body...)
		does = "adds weight decay to the gradients that are not those of weights, and " + does
	}
	return jen.Add(lines("update %s.", does)).Line().
		Func().Params(jen.Id("n").Op("*").Id("Net")).Id("update").Params(jen.Id("part").Qual(pathPar, "Part")).Block(body...)
}

// counterMethods writes the methods of network.Counter, where the optimizer counts its steps.
func (e *emitter) counterMethods() []jen.Code {
	if !e.optimizer().counts {
		return nil
	}
	steps := func() *jen.Statement { return jen.Id("n").Dot("steps") }
	return []jen.Code{
		method("StepCount returns how many training steps the variables have behind them.",
			"StepCount", nil, jen.Int(), jen.Return(steps())),
		method("SetStepCount makes the next training step the one after the given number, as of a checkpoint.",
			"SetStepCount", []jen.Code{jen.Id("steps").Int()}, nil, steps().Op("=").Id("steps")),
	}
}
