package emit

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// infoFile writes the network's description of itself.
func (e *emitter) infoFile() *jen.File {
	f := e.packageFile()
	f.Add(e.infoVariable()).Line()
	f.Add(e.offsetsVariable())
	return f
}

func (e *emitter) infoVariable() jen.Code {
	i := e.Info
	rows := []jen.Code{
		field("Name", jen.Lit(i.Name)), field("SpecHash", jen.Lit(i.SpecHash)), field("Generator", jen.Lit(i.Generator)),
		field("Input", triple(i.Input)),
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
	rows = append(rows,
		field("Leak", jen.Lit(i.Leak)), field("Epsilon", jen.Lit(i.Epsilon)),
		field("Layers", table("Layer", i.Layers, layerRow)),
		field("Ops", opTable(i.Ops)),
		field("Variables", table("VariableInfo", i.Variables, variableRow)),
		field("Phases", table("Phase", i.Phases, phaseRow)),
		field("Buffers", table("Buffer", i.Buffers, bufferRow)),
	)
	return jen.Add(lines("Info describes the network.")).Line().
		Var().Id("Info").Op("=").Qual(pathNetwork, "Info").Add(onLines(rows))
}

// table writes []nn.TYPE{…}, an element a line.
func table[T any](typeName string, elements []T, row func(*T) []jen.Code) jen.Code {
	var rows []jen.Code
	for i := range elements {
		rows = append(rows, jen.Values(row(&elements[i])...))
	}
	return jen.Index().Qual(pathNetwork, typeName).Add(onLines(rows))
}

func layerRow(l *network.Layer) []jen.Code {
	row := []jen.Code{
		field("Name", jen.Lit(l.Name)), field("Unit", jen.Lit(l.Unit)), field("Op", jen.Lit(l.Op)), field("In", triple(l.In)), field("Out", triple(l.Out)),
		field("Parameters", number(l.Parameters)), field("MACs", number(l.MACs)),
	}
	if l.Algorithm != "" {
		row = append(row, field("Algorithm", jen.Lit(l.Algorithm)))
	}
	return append(row, field("Offset", number(l.Offset)))
}

// opKindName is the constant of a kind: global_pool → GlobalPool.
func opKindName(k network.OpKind) string {
	var name strings.Builder
	for _, word := range strings.Split(string(k), "_") {
		name.WriteString(ir.Capital(word))
	}
	return name.String()
}

// opTable writes []network.Op{0: {…}, 1: {…}, …}: other rows refer to these numbers.
func opTable(ops []network.Op) jen.Code {
	var rows []jen.Code
	for i := range ops {
		rows = append(rows, jen.Lit(i).Op(":").Values(opRow(&ops[i])...))
	}
	return jen.Index().Qual(pathNetwork, "Op").Add(onLines(rows))
}

func opRow(o *network.Op) []jen.Code {
	row := []jen.Code{field("Kind", jen.Qual(pathNetwork, opKindName(o.Kind))), field("Name", jen.Lit(o.Name)), field("Layer", jen.Lit(o.Layer))}
	if o.In != nil {
		row = append(row, field("In", literals(jen.Int(), o.In)))
	}
	row = append(row, field("Out", triple(o.Out)))
	if o.Kernel != 0 {
		row = append(row, field("Kernel", jen.Lit(o.Kernel)))
	}
	if o.Stride != 0 {
		row = append(row, field("Stride", jen.Lit(o.Stride)))
	}
	if o.Shortcut {
		row = append(row, field("Shortcut", jen.True()))
	}
	return row
}

var initializerNames = map[network.Initializer]string{network.Zeros: "Zeros", network.Ones: "Ones", network.Normal: "Normal", network.Uniform: "Uniform"}

func variableRow(v *network.VariableInfo) []jen.Code {
	row := []jen.Code{
		field("Name", jen.Lit(v.Name)), shapeField(v.Shape), field("Op", jen.Lit(v.Op)),
		field("Role", jen.Qual(pathNetwork, v.Role.String())),
	}
	if v.Trainable {
		row = append(row, field("Trainable", jen.True()))
	}
	if v.Decayed {
		row = append(row, field("Decayed", jen.True()))
	}
	row = append(row, field("Init", jen.Qual(pathNetwork, initializerNames[v.Init])))
	if v.Scale != 0 {
		row = append(row, field("Scale", jen.Lit(v.Scale)))
	}
	return row
}

func shapeField(shape []int) jen.Code {
	var sizes []jen.Code
	for _, d := range shape {
		sizes = append(sizes, jen.Lit(d))
	}
	return field("Shape", jen.Index().Int().Values(sizes...))
}

func bufferRow(b *network.Buffer) []jen.Code {
	row := []jen.Code{field("Name", jen.Lit(b.Name))}
	place := []jen.Code{field("Bytes", number(b.Bytes)), field("Offset", number(b.Offset))}
	if b.Shape == nil {
		return append(row, place...)
	}
	row = append(append(row, shapeField(b.Shape)), place...)
	return append(row, field("First", jen.Lit(b.First)), field("Last", jen.Lit(b.Last)))
}

func phaseRow(p *network.Phase) []jen.Code {
	row := []jen.Code{field("Name", jen.Lit(p.Name)), field("Pass", jen.Lit(p.Pass))}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"FLOPs", p.FLOPs},
		{"Products", p.Products},
		{"ImageBytes", p.ImageBytes},
		{"BatchBytes", p.BatchBytes},
	} {
		if n.value != 0 {
			row = append(row, field(n.name, number(n.value)))
		}
	}
	return row
}

// offsetsVariable writes the place of each variable of Info.Variables.
func (e *emitter) offsetsVariable() jen.Code {
	var rows []jen.Code
	for _, v := range e.Graph.Variables {
		rows = append(rows, number(v.Offset))
	}
	return jen.Add(lines(`offsets are those of Info.Variables in bytes: of trainable variables from the first of them, of moving
averages from the start of the arena.`)).Line().
		Var().Id("offsets").Op("=").Index(jen.Op("...")).Int64().Add(jen.Custom(
		jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, inRows(rows)...))
}

// inRows joins numbers to rows of at most eight.
func inRows(numbers []jen.Code) (rows []jen.Code) {
	const width = 8
	for len(numbers) > 0 {
		n := min(width, len(numbers))
		rows = append(rows, jen.List(numbers[:n]...))
		numbers = numbers[n:]
	}
	return rows
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
