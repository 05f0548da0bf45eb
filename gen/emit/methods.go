package emit

import (
	"github.com/dave/jennifer/jen"
)

// methods writes what a Net offers: the methods of network.Network, and Initialize.
func (e *emitter) methods() []jen.Code {
	n := func() *jen.Statement { return jen.Id("n") }
	batch := func() *jen.Statement { return jen.Id("n").Dot("batch") }
	images := jen.Id("images").Index().Float32()
	labels := jen.Id("labels").Index().Int32()
	newBatch := func(labels, training jen.Code) jen.Code {
		return batch().Op("=").Qual(pathNN, "NewBatch").Call(jen.Op("&").Id("Info"), jen.Id("images"), labels, training)
	}
	begin := n().Dot("crew").Dot("Begin").Call(jen.Op("&").Add(batch()))
	end := n().Dot("crew").Dot("End").Call()
	forward := n().Dot("forward").Call()
	metrics := jen.Return(n().Dot("loss").Dot("Metrics").Call(
		jen.Op("&").Add(batch()), e.lossDecay()))
	initialize := []jen.Code{jen.Qual(pathNetwork, "Initialize").Call(n().Dot("variables"), jen.Id("seed"))}
	train := []jen.Code{newBatch(jen.Id("labels"), jen.True()), n().Dot("rate").Op("=").Id("learningRate")}
	if e.Graph.Optimizer.CountsSteps {
		initialize = append(initialize, n().Dot("steps").Op("=").Lit(0))
		train = append(train, n().Dot("steps").Op("++"))
	}

	return append([]jen.Code{
		method("Initialize sets every variable to its initial value, a function of the seed and the variable's name.",
			"Initialize", []jen.Code{jen.Id("seed").Uint64()}, nil,
			initialize...),
		method("TrainStep runs forward, backward and the optimizer on one batch: images [n, height, width, channels], n labels,\nn at most Info.Capacity. The metrics are those before the update.",
			"TrainStep", []jen.Code{images, labels, jen.Id("learningRate").Float32()}, jen.Qual(pathNetwork, "Metrics"),
			append(train, begin, forward, n().Dot("backward").Call(), end, metrics)...),
		method("Eval runs the forward pass with the moving averages. It changes no variable.",
			"Eval", []jen.Code{images, labels}, jen.Qual(pathNetwork, "Metrics"),
			newBatch(jen.Id("labels"), jen.False()), begin, forward, end, metrics),
		method("Logits is [Net.Eval] without labels. It returns [n, classes], valid until the next call.",
			"Logits", []jen.Code{images}, jen.Index().Float32(),
			newBatch(jen.Nil(), jen.False()), begin, forward, end, jen.Return(n().Dot("LastLogits").Call())),
		method("LastLogits returns the logits of the last call, [n, classes].",
			"LastLogits", nil, jen.Index().Float32(),
			jen.Return(n().Dot("memory").Dot("Floats").Call(number(e.Graph.Logits.Offset), batch().Dot("N").Op("*").Id("classes")))),
		method("Variables lists the variables, in the order of Info.Variables. Their slices are the network's own memory.",
			"Variables", nil, jen.Index().Qual(pathNetwork, "Variable"),
			jen.Return(n().Dot("variables"))),
		method("Profile makes every later step add the time of each of Info.Phases to p; nil ends it.",
			"Profile", []jen.Code{jen.Id("p").Op("*").Qual(pathNetwork, "Profile")}, nil,
			n().Dot("crew").Dot("SetProfile").Call(jen.Id("p"))),
		method("Threads returns the number of workers.",
			"Threads", nil, jen.Int(),
			jen.Return(n().Dot("crew").Dot("Threads").Call())),
		method("Close ends the workers. TrainStep, Eval and Logits panic afterwards, with network.ErrClosed; the variables stay readable.",
			"Close", nil, nil,
			n().Dot("crew").Dot("Close").Call()),
	}, e.counterMethods()...)
}

// method writes
//
//	// DOC
//	func (n *Net) NAME(PARAMETERS) RESULT {
//		BODY
//	}
func method(doc, name string, parameters []jen.Code, result jen.Code, body ...jen.Code) jen.Code {
	m := jen.Add(lines("%s", doc)).Line().Func().Params(jen.Id("n").Op("*").Id("Net")).Id(name).Params(parameters...)
	if result != nil {
		m.Add(result)
	}
	return m.Block(body...)
}
