package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// infoFile writes the network's description of itself, with its tables in a file of their own.
func (e *emitter) infoFile() *jen.File {
	f := e.packageFile()
	f.Add(e.infoVariable())
	return f
}

func (e *emitter) infoVariable() jen.Code {
	i := e.Info
	rows := []jen.Code{
		field("Name", jen.Lit(i.Name)), field("SpecHash", jen.Lit(i.SpecHash)), field("Generator", jen.Lit(i.Generator)),
		field("Input", triple(i.Input)),
	}
	if i.Preprocess != (network.Preprocess{}) {
		rows = append(rows, field("Preprocess", preprocessing(pathNetwork, i.Preprocess)))
	}
	if i.Mean != nil {
		rows = append(rows, field("Mean", floats(i.Mean)), field("Std", floats(i.Std)))
	}
	rows = append(rows,
		field("Classes", jen.Lit(i.Classes)),
		field("Batch", jen.Lit(i.Batch)), field("EvalBatch", jen.Lit(i.EvalBatch)), field("Capacity", jen.Id("capacity")),
		field("Parameters", number(i.Parameters)), field("MACs", number(i.MACs)),
		field("ArenaBytes", number(i.ArenaBytes)), field("ScratchBytes", number(i.ScratchBytes)),
		field("TensorBytes", number(i.TensorBytes)), field("InferBytes", number(i.InferBytes)), field("LiveBytes", number(i.LiveBytes)),
		field("Optimizer", jen.Lit(i.Optimizer)), field("Momentum", jen.Lit(i.Momentum)), field("WeightDecay", jen.Id("weightDecay")),
	)
	if i.LabelSmoothing != 0 {
		rows = append(rows, field("LabelSmoothing", jen.Id("labelSmoothing")))
	}
	if i.LeastImages != 0 {
		rows = append(rows, field("LeastImages", jen.Lit(i.LeastImages)))
	}
	rows = append(rows,
		field("Leak", jen.Lit(i.Leak)), field("Epsilon", jen.Lit(i.Epsilon)),
		field("Layers", jen.Id("layers")), field("Ops", jen.Id("ops")), field("Variables", jen.Id("variables")),
		field("Phases", jen.Id("phases")), field("Buffers", jen.Id("buffers")),
	)
	return jen.Add(lines("Info describes the network.")).Line().
		Var().Id("Info").Op("=").Qual(pathNetwork, "Info").Add(onLines(rows))
}

// preprocessing writes Preprocess{…} of a package.
func preprocessing(path string, p network.Preprocess) jen.Code {
	return jen.Qual(path, "Preprocess").Values(
		field("Resize", jen.Lit(p.Resize)), field("Fit", jen.Lit(p.Fit)),
		field("Interpolation", jen.Lit(p.Interpolation)), field("Channels", jen.Lit(p.Channels)),
	)
}

// floats writes []float64{…}.
func floats(values []float64) jen.Code {
	var numbers []jen.Code
	for _, v := range values {
		numbers = append(numbers, jen.Lit(v))
	}
	return jen.Index().Float64().Values(numbers...)
}

func triple(s [3]int) jen.Code {
	return jen.Index(jen.Lit(3)).Int().Values(jen.Lit(s[0]), jen.Lit(s[1]), jen.Lit(s[2]))
}
