package emit

import (
	"fmt"
	"path"

	"github.com/dave/jennifer/jen"
)

// mainFile writes the trainer:
//
//	func main() {
//		cli.Main(cli.Program{Info: &resnet20.Info, …, New: build, Infer: buildInference, Parts: …, Commands: …})
//	}
func (e *emitter) mainFile() *jen.File {
	f := e.newFile("main", "main")
	f.ImportName(e.ImportPath, e.Net.Name)
	f.ImportName(e.ImportPath+"/"+inferencePackage, inferencePackage)
	for _, name := range e.With {
		f.ImportName(PathOfPart(name), path.Base(PathOfPart(name)))
	}
	f.PackageComment(fmt.Sprintf("Command %s trains, evaluates and measures the network of package %s.", e.Net.Name, e.Net.Name))
	rows := []jen.Code{
		field("Info", jen.Op("&").Qual(e.ImportPath, "Info")),
		field("Spec", jen.Id("source")),
		field("Recipe", jen.Id("training")),
		field("New", jen.Id("build")),
		field("Infer", jen.Id("buildInference")),
	}
	rows = append(rows, e.parts()...)
	f.Func().Id("main").Params().Block(
		jen.Qual(pathCLI, "Main").Call(jen.Qual(pathCLI, "Program").Add(onLines(rows))),
	).Line()
	f.Func().Id("build").Params(jen.Id("o").Qual(pathNetwork, "Options")).Qual(pathNetwork, "Network").Block(
		jen.Return(jen.Qual(e.ImportPath, "New").Call(jen.Id("o"))),
	).Line()
	f.Func().Id("buildInference").Params(jen.Id("f").Op("*").Qual(pathCheckpoint, "File"), jen.Id("o").Qual(pathEngine, "Options")).
		Params(jen.Qual(pathClassify, "Model"), jen.Error()).Block(
		jen.Return(jen.Qual(e.ImportPath+"/"+inferencePackage, "New").Call(jen.Id("f"), jen.Id("o"))),
	).Line()
	f.Comment("training is the spec's recipe.")
	f.Var().Id("training").Op("=").Qual(pathRecipe, "Recipe").Add(onLines(e.recipe())).Line()
	f.Comment("source is the spec, with every key written out.")
	f.Const().Id("source").Op("=").Add(specText(e.Net))
	return f
}

func (e *emitter) recipe() []jen.Code {
	rate, augment := &e.Net.Train.LearningRate, &e.Net.Train.Augment
	schedule := []jen.Code{field("Kind", jen.Lit(rate.Schedule))}
	if len(rate.Boundaries) > 0 {
		schedule = append(schedule, field("Boundaries", literals(jen.Int(), rate.Boundaries)))
	}
	if len(rate.Values) > 0 {
		schedule = append(schedule, field("Values", literals(jen.Float64(), rate.Values)))
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"Value", rate.Value}, {"Start", rate.Start}, {"Peak", rate.Peak}, {"Warmup", rate.Warmup}} {
		if v.value != 0 {
			schedule = append(schedule, field(v.name, jen.Lit(v.value)))
		}
	}
	varied := []jen.Code{field("Pad", jen.Lit(augment.Pad)), field("Flip", jen.Lit(augment.Flip))}
	if augment.Cutout != 0 {
		varied = append(varied, field("Cutout", jen.Lit(augment.Cutout)))
	}
	rows := []jen.Code{
		field("Schedule", jen.Qual(pathRecipe, "Schedule").Values(schedule...)),
		field("Augment", jen.Qual(pathDataset, "Augment").Values(varied...)),
	}
	if e.Net.Train.EMA != 0 {
		rows = append(rows, field("EMA", jen.Lit(e.Net.Train.EMA)))
	}
	var views []jen.Code
	if e.Net.Eval.Flip {
		views = append(views, field("Flip", jen.True()))
	}
	if e.Net.Eval.Shift != 0 {
		views = append(views, field("Shift", jen.Lit(e.Net.Eval.Shift)))
	}
	if len(views) > 0 {
		rows = append(rows, field("Views", jen.Qual(pathRecipe, "Views").Values(views...)))
	}
	if e.Net.Data != "" {
		rows = append(rows, field("Data", jen.Lit(e.Net.Data)))
	}
	if len(e.Net.Labels) > 0 {
		rows = append(rows, field("Labels", literals(jen.String(), e.Net.Labels)))
	}
	return rows
}

// literals writes []TYPE{…}.
func literals[T any](element jen.Code, values []T) jen.Code {
	var code []jen.Code
	for _, v := range values {
		code = append(code, jen.Lit(v))
	}
	return jen.Index().Add(element).Values(code...)
}
