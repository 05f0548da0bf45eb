package emit

import (
	"cmp"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/gen/ir"
)

// memoryFile writes the array types, the worker's scratch and the plan of the arena.
func (e *emitter) memoryFile() *jen.File {
	f := e.packageFile()
	f.Add(e.arrayTypes()).Line()
	f.Add(e.workerType()).Line()
	f.Add(e.planVariable())
	return f
}

// arrayTypes writes the type of every image and halo:
//
//	type (
//		image28x28x16 [28 * 28 * 16]float32
//		halo28x28x16  [30 * 30 * 16]float32 // of image28x28x16
//	)
func (e *emitter) arrayTypes() jen.Code {
	seen := map[string]bool{}
	var types []jen.Code
	add := func(b ir.Buffer) {
		name := bufferName(b)
		if seen[name] {
			return
		}
		seen[name] = true
		stored := b.Layout.Stored(b.Shape)
		types = append(types, jen.Id(name).Index(
			jen.Lit(stored.H).Op("*").Lit(stored.W).Op("*").Lit(stored.C)).Float32())
	}
	for _, t := range e.Graph.Tensors {
		if t.Storage == ir.Arena {
			add(ir.Buffer{Shape: t.Shape})
		}
	}
	for _, b := range e.Graph.Plan.Buffers {
		add(ir.Buffer{Shape: b.Shape, Layout: b.Layout})
	}
	return jen.Add(lines("One image of a tensor, [height][width][channels]; a halo has a pixel of zeros on each side.")).Line().
		Type().Defs(types...)
}

// workerType writes
//
//	type worker struct {
//		halo28x28x16  halo28x28x16
//		image28x28x16 image28x28x16
//	}
//
// What fills whole cache lines comes first, so that it begins on one.
func (e *emitter) workerType() jen.Code {
	buffers := slices.Clone(e.Graph.Plan.Buffers)
	slices.SortStableFunc(buffers, func(a, b ir.Buffer) int { return cmp.Compare(a.Unaligned(), b.Unaligned()) })
	var fields []jen.Code
	if n := e.Graph.Plan.Workspace; n > 0 {
		fields = append(fields, jen.Id("workspace").Index(jen.Lit(n)).Float32().Comment("of Winograd's convolutions"))
	}
	for _, b := range buffers {
		plain := b
		plain.Slot = 0
		fields = append(fields, jen.Id(bufferName(b)).Id(bufferName(plain)))
	}
	return jen.Add(lines("worker is the scratch memory of a worker, for one image.")).Line().
		Type().Id("worker").Struct(fields...)
}

// planVariable writes var plan = nn.Plan{…}.
func (e *emitter) planVariable() jen.Code {
	g, p := e.Graph, &e.Graph.Plan
	rows := []jen.Code{
		field("Size", number(p.Size)), field("Values", number(p.Values)), field("Gradients", number(p.Gradients)),
	}
	if len(p.Slots) > 0 {
		rows = append(rows, field("Slots", jen.Index().Qual(pathNN, "Slot").Add(onLines(slots(p.Slots)))))
	}
	rows = append(rows,
		field("Elements", jen.Lit(p.Elements)), field("Weights", jen.Lit(p.Weights)), field("Decayed", jen.Lit(p.Decayed)),
		field("Partials", number(p.Partials)), field("PartialLen", jen.Lit(p.PartialLen)),
		field("Sums", number(p.Sums)), field("Channels", jen.Lit(p.Channels)), field("Loss", number(p.Loss)),
		field("Transforms", number(p.Transforms)), field("Transform", jen.Lit(p.Transform)),
		field("Capacity", jen.Id("capacity")), field("Epsilon", jen.Lit(g.Epsilon)), field("BNDecay", jen.Lit(g.BNDecay)),
		field("Leak", jen.Lit(g.Leak)),
	)
	if p.KeptLen > 0 {
		rows = append(rows, field("Kept", number(p.Kept)), field("KeptLen", jen.Lit(p.KeptLen)))
	}
	if g.Unbiased {
		rows = append(rows, field("Unbiased", jen.True()))
	}
	if g.LeakAtZero {
		rows = append(rows, field("LeakAtZero", jen.True()))
	}
	if g.LabelSmoothing != 0 {
		rows = append(rows, field("LabelSmoothing", jen.Id("labelSmoothing")))
	}
	return jen.Add(lines("plan is the layout of the arena, in bytes.")).Line().
		Var().Id("plan").Op("=").Qual(pathNN, "Plan").Add(onLines(rows))
}

// slots writes {Suffix: "/Momentum", Offset: 13811200} for each slot.
func slots(slots []ir.Slot) (rows []jen.Code) {
	for _, s := range slots {
		rows = append(rows, jen.Values(field("Suffix", jen.Lit(s.Suffix)), field("Offset", number(s.Offset))))
	}
	return rows
}

// onLines writes a composite literal with an element a line.
func onLines(elements []jen.Code) jen.Code {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elements...)
}
