package emit

import (
	"fmt"

	"github.com/dave/jennifer/jen"
	"github.com/dustin/go-humanize"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// modelFile writes what the package offers: Load and its like, Model with its methods, and
// Prediction.
func (n *inference) modelFile() *jen.File {
	f := n.file()
	f.PackageComment(n.modelComment())
	f.Add(n.abiCheck()).Line()
	f.Add(n.modelConstants()).Line()
	f.Add(n.labels()).Line()
	f.Add(lines("ErrClosed is the error of a model's methods after Close.")).Line().
		Var().Id("ErrClosed").Op("=").Qual(pathEngine, "ErrClosed").Line()
	f.Add(lines("Model is a trained network. Any number of goroutines may use it.")).Line().
		Type().Id("Model").Struct(
		jen.Id("engine").Op("*").Qual(pathEngine, "Engine").Types(jen.Id("memory")),
		jen.Id("labels").Index(jen.Id("Classes")).String(),
	).Line()
	f.Add(n.function()).Line()
	for _, code := range n.loaders() {
		f.Add(code).Line()
	}
	f.Add(lines("Prediction is the classification of an image.")).Line().
		Type().Id("Prediction").Struct(
		jen.Id("Class").Int().Comment(fmt.Sprintf("the most probable class, from 0 to %d; of equally probable ones the first", n.Info.Classes-1)),
		jen.Id("Label").String().Comment("the name of Class"),
		jen.Id("Probabilities").Index(jen.Id("Classes")).Float32().Comment("of all classes: the softmax of the logits"),
	).Line()
	for _, code := range n.modelMethods() {
		f.Add(code).Line()
	}
	f.Add(n.programFunction())
	return f
}

func (n *inference) modelComment() string {
	i := n.Info
	return string(commentText(`Package infer classifies images with the residual network %s: %s images, %d classes, %s parameters.

	model, err := infer.Load("%s.safetensors")
	…
	prediction, err := model.Predict(img)
	fmt.Println(prediction.Label)

It holds the forward pass alone. Batch norms are folded into the convolution before them where there is one. A few images at a time go
through the network. Calls reuse memory: only an image of a new size allocates more. Images are cropped, resized and standardized as
in training. The logits are bit for bit the same on every CPU and for any number of workers.`, i.Name, size(i.Input), i.Classes, humanize.Comma(i.Parameters), i.Name))
}

// commentText formats text that becomes a comment.
func commentText(format string, args ...any) string {
	return renderComment(fmt.Sprintf(format, args...))
}

func (n *inference) modelConstants() jen.Code {
	i := n.Info
	return jen.Const().Defs(
		jen.Id("Name").Op("=").Lit(i.Name).Comment("the spec's name"),
		jen.Id("Height").Op("=").Lit(i.Input[0]).Comment("input height, in pixels"),
		jen.Id("Width").Op("=").Lit(i.Input[1]).Comment("input width, in pixels"),
		jen.Id("Channels").Op("=").Lit(i.Input[2]).Comment("input channels"),
		jen.Id("Classes").Op("=").Lit(i.Classes).Comment("number of classes"),
	)
}

// labels writes var Labels = [Classes]string{…}.
func (n *inference) labels() jen.Code {
	var names []jen.Code
	for k := range n.Info.Classes {
		name := fmt.Sprintf("class %d", k)
		if k < len(n.Net.Labels) {
			name = n.Net.Labels[k]
		}
		names = append(names, jen.Lit(name))
	}
	return jen.Add(lines("Labels are the class names in the spec. A model has those of its training data: see [Model.Labels].")).Line().
		Var().Id("Labels").Op("=").Index(jen.Id("Classes")).String().Values(names...)
}

// function writes var function = checkpoint.Function{…}.
func (n *inference) function() jen.Code {
	i := n.Info
	rows := []jen.Code{
		field("Architecture", jen.Lit(i.Architecture())),
		field("Leak", jen.Lit(i.Leak)), field("Epsilon", jen.Lit(i.Epsilon)),
	}
	if i.Mean != nil {
		rows = append(rows, field("Mean", floats(i.Mean)), field("Std", floats(i.Std)))
	}
	if i.Preprocess != (network.Preprocess{}) {
		rows = append(rows, field("Preprocess", preprocessing(pathCheckpoint, i.Preprocess)))
	}
	return jen.Add(lines("function identifies what the network computes. Checkpoints of another function are refused.")).Line().
		Var().Id("function").Op("=").Qual(pathCheckpoint, "Function").Add(onLines(rows))
}

// loaders writes Load, Decode and New.
func (n *inference) loaders() []jen.Code {
	err := func() *jen.Statement { return jen.Id("err") }
	results := []jen.Code{jen.Op("*").Id("Model"), jen.Error()}
	reading := func(call jen.Code) []jen.Code {
		return []jen.Code{
			jen.List(jen.Id("f"), err()).Op(":=").Add(call),
			jen.If(err().Op("!=").Nil()).Block(jen.Return(jen.Nil(), err())),
			jen.Return(jen.Id("New").Call(jen.Id("f"), jen.Qual(pathEngine, "Options").Values())),
		}
	}
	failure := func(wrapped jen.Code) jen.Code {
		return jen.Return(jen.Nil(), jen.Qual("fmt", "Errorf").Call(jen.Lit("%s: %w"), jen.Id("Name"), wrapped))
	}
	return []jen.Code{
		jen.Add(lines("Load reads a checkpoint of the trainer, or a file of its export --format safetensors. The model has a worker on each core.")).Line().
			Func().Id("Load").Params(jen.Id("path").String()).Params(results...).Block(reading(jen.Qual(pathEngine, "ReadFile").Call(jen.Id("path")))...),
		jen.Add(lines("Decode is [Load] for a file's bytes, for example from go:embed.")).Line().
			Func().Id("Decode").Params(jen.Id("data").Index().Byte()).Params(results...).Block(reading(jen.Qual(pathCheckpoint, "Decode").Call(jen.Id("data")))...),
		jen.Add(lines("New returns the network with a checkpoint's variables, or with their moving averages if the checkpoint has them.\nThe error names each variable that is missing or has another shape, and how the checkpoint's network differs.")).Line().
			Func().Id("New").Params(jen.Id("f").Op("*").Qual(pathCheckpoint, "File"), jen.Id("o").Qual(pathEngine, "Options")).
			Params(jen.Id("_").Add(results[0]), err().Add(results[1])).Block(
			jen.Defer().Qual(pathMem, "Recover").Call(jen.Op("&").Add(err())),
			jen.If(err().Op(":=").Qual(pathEngine, "Check").Call(), err().Op("!=").Nil()).Block(failure(err())),
			jen.Id("v").Op(":=").Add(n.newVariables()),
			jen.Id("n").Op(":=").Id("newNetwork").Call(jen.Id("v"), jen.Id("o").Dot("Workers").Call()),
			jen.Id("labels").Op(":=").Id("Labels"),
			jen.Id("v").Dot("Relabel").Call(jen.Id("labels").Index(jen.Op(":"))),
			jen.If(err().Op(":=").Id("v").Dot("Err").Call(), err().Op("!=").Nil()).Block(failure(err())),
			jen.Return(jen.Op("&").Id("Model").Values(jen.Qual(pathEngine, "New").Call(jen.Id("n").Dot("program").Call(), jen.Id("o").Dot("Workers").Call()), jen.Id("labels")), jen.Nil()),
		),
	}
}

// newVariables writes engine.NewVariables(f, function), with .PyTorch() where names are PyTorch's.
func (n *inference) newVariables() jen.Code {
	v := jen.Qual(pathEngine, "NewVariables").Call(jen.Id("f"), jen.Id("function"))
	if n.Net.TorchNames() {
		v.Dot("PyTorch").Call()
	}
	return v
}

// modelMethods writes Predict, PredictBatch, Logits and Close, and the helper that turns logits
// into a prediction.
func (n *inference) modelMethods() []jen.Code {
	engine := func() *jen.Statement { return jen.Id("m").Dot("engine") }
	p := func(part string) *jen.Statement { return jen.Id("p").Dot(part) }
	img := jen.Id("img").Qual("image", "Image")
	err := func() *jen.Statement { return jen.Id("err") }
	return []jen.Code{
		modelMethod("Predict classifies an image of any size. "+n.fitting(),
			"Predict", []jen.Code{img}, []jen.Code{jen.Id("Prediction"), jen.Error()},
			jen.Var().Id("logits").Index(jen.Id("Classes")).Float32(),
			jen.If(err().Op(":=").Add(engine()).Dot("LogitsOfImage").Call(jen.Id("logits").Index(jen.Op(":")), jen.Id("img")), err().Op("!=").Nil()).Block(
				jen.Return(jen.Id("Prediction").Values(), jen.Qual("fmt", "Errorf").Call(jen.Lit("predict: %w"), err()))),
			jen.Return(jen.Id("m").Dot("predicted").Call(jen.Id("logits").Index(jen.Op(":"))), jen.Nil())),
		modelMethod("PredictBatch classifies images and appends the predictions to dst. It is faster than a Predict for each.",
			"PredictBatch", []jen.Code{jen.Id("dst").Index().Id("Prediction"), jen.Id("images").Index().Qual("image", "Image")},
			[]jen.Code{jen.Index().Id("Prediction"), jen.Error()},
			err().Op(":=").Add(engine()).Dot("LogitsOfImages").Call(jen.Id("images"), jen.Func().Params(jen.Id("_").Int(), jen.Id("logits").Index().Float32()).Block(
				jen.Id("dst").Op("=").Append(jen.Id("dst"), jen.Id("m").Dot("predicted").Call(jen.Id("logits"))))),
			jen.If(err().Op("!=").Nil()).Block(jen.Return(jen.Id("dst"), jen.Qual("fmt", "Errorf").Call(jen.Lit("predict: %w"), err()))),
			jen.Return(jen.Id("dst"), jen.Nil())),
		modelMethod("Logits computes the logits, n × Classes, of n standardized images, n × Height × Width × Channels"+n.standardization()+".",
			"Logits", []jen.Code{jen.List(jen.Id("dst"), jen.Id("images")).Index().Float32()}, []jen.Code{jen.Error()},
			jen.Return(engine().Dot("Logits").Call(jen.Id("dst"), jen.Id("images")))),
		modelMethod("Labels returns the names of the classes: those of the training data, or the spec's if the checkpoint has none.",
			"Labels", nil, []jen.Code{jen.Index(jen.Id("Classes")).String()}, jen.Return(jen.Id("m").Dot("labels"))),
		modelMethod("Close ends the model's workers after the calls in progress. Later calls return [ErrClosed].",
			"Close", nil, nil, engine().Dot("Close").Call()),
		jen.Add(lines("predicted returns the prediction of an image's logits.")).Line().
			Func().Params(jen.Id("m").Op("*").Id("Model")).Id("predicted").Params(jen.Id("logits").Index().Float32()).Id("Prediction").Block(
			jen.Var().Id("p").Id("Prediction"),
			p("Class").Op("=").Qual(pathClassify, "Softmax").Call(p("Probabilities").Index(jen.Op(":")), jen.Id("logits")),
			p("Label").Op("=").Id("m").Dot("labels").Index(p("Class")),
			jen.Return(jen.Id("p"))),
	}
}

// fitting says how an image becomes the network's input.
func (n *inference) fitting() string {
	p := n.Info.Preprocess
	if p == (network.Preprocess{}) {
		return "It crops the image around its centre to the input's proportions and resizes it."
	}
	return "The spec says how it becomes the network's input:\n" + p.Describe(n.Info.Input) + "."
}

// standardization says how a byte v of an image is standardized where the spec says so.
func (n *inference) standardization() string {
	if n.Info.Mean == nil {
		return ""
	}
	return fmt.Sprintf(":\n(v/255 − mean)/std of each byte v of a channel, with the means %v and the deviations %v", n.Info.Mean, n.Info.Std)
}

func modelMethod(doc, name string, parameters, results []jen.Code, body ...jen.Code) jen.Code {
	m := jen.Add(lines("%s", doc)).Line().Func().Params(jen.Id("m").Op("*").Id("Model")).Id(name).Params(parameters...)
	switch len(results) {
	case 0:
	case 1:
		m.Add(results[0])
	default:
		m.Params(results...)
	}
	return m.Block(body...)
}

// programFunction writes the network as the engine runs it.
func (n *inference) programFunction() jen.Code {
	memoryImages := func(t *ir.Tensor) jen.Code {
		return jen.Func().Params(jen.Id("m").Op("*").Id("memory")).Op("*").Qual(pathEngine, "Images").Block(
			jen.Return(jen.Op("&").Id("m").Dot(bufferName(t.Buffer()))))
	}
	rows := []jen.Code{
		field("Name", jen.Id("Name")),
		field("Function", jen.Id("function")),
		field("Input", jen.Index(jen.Lit(3)).Int().Values(jen.Id("Height"), jen.Id("Width"), jen.Id("Channels"))),
		field("Classes", jen.Id("Classes")),
		field("Chunk", jen.Id("chunk")),
		field("Workspace", jen.Lit(n.graph.Inference.Workspace)),
		field("NewMemory", jen.Id("newMemory")),
		field("Images", memoryImages(n.graph.ImageTensor())),
		field("Logits", memoryImages(n.graph.Logits)),
		field("Forward", jen.Id("n").Dot("forward")),
	}
	return jen.Add(lines("program is the network as the engine runs it.")).Line().
		Func().Params(jen.Id("n").Op("*").Id("network")).Id("program").Params().Qual(pathEngine, "Program").Types(jen.Id("memory")).Block(
		jen.Return(jen.Qual(pathEngine, "Program").Types(jen.Id("memory")).Add(onLines(rows))),
	)
}

// exampleFile writes an example that compiles: a service that classifies posted images.
func (n *inference) exampleFile() *jen.File {
	f := n.newFile(n.path()+"_test", inferencePackage+"_test")
	f.ImportName(n.path(), inferencePackage)
	blank := func(path string) { f.Anon(path) }
	blank("image/jpeg")
	blank("image/png")
	refuse := func(code string) jen.Code {
		return jen.Block(
			jen.Qual("net/http", "Error").Call(jen.Id("w"), jen.Id("err").Dot("Error").Call(), jen.Qual("net/http", code)),
			jen.Return(),
		)
	}
	handler := jen.Func().Params(jen.Id("w").Qual("net/http", "ResponseWriter"), jen.Id("r").Op("*").Qual("net/http", "Request")).Block(
		jen.List(jen.Id("img"), jen.Id("_"), jen.Id("err")).Op(":=").Qual("image", "Decode").Call(
			jen.Qual("net/http", "MaxBytesReader").Call(jen.Id("w"), jen.Id("r").Dot("Body"), jen.Lit(1).Op("<<").Lit(20))),
		jen.If(jen.Id("err").Op("!=").Nil()).Add(refuse("StatusBadRequest")),
		jen.List(jen.Id("prediction"), jen.Id("err")).Op(":=").Id("model").Dot("Predict").Call(jen.Id("img")),
		jen.If(jen.Id("err").Op("!=").Nil()).Add(refuse("StatusUnprocessableEntity")),
		jen.Qual("fmt", "Fprintf").Call(jen.Id("w"), jen.Lit("%s, %.1f %%\n"), jen.Id("prediction").Dot("Label"),
			jen.Lit(100).Op("*").Id("prediction").Dot("Probabilities").Index(jen.Id("prediction").Dot("Class"))),
	)
	f.Add(lines("A service that answers a posted JPEG or PNG with its class:\n\n\tcurl --data-binary @image.jpg http://127.0.0.1:8080")).Line().
		Func().Id("Example").Params().Block(
		jen.List(jen.Id("model"), jen.Id("err")).Op(":=").Qual(n.path(), "Load").Call(jen.Lit(n.Info.Name+".safetensors")),
		jen.If(jen.Id("err").Op("!=").Nil()).Block(jen.Qual("log", "Fatal").Call(jen.Id("err"))),
		jen.Defer().Id("model").Dot("Close").Call(),
		jen.Qual("net/http", "HandleFunc").Call(jen.Lit("/"), handler),
		jen.Qual("log", "Fatal").Call(jen.Qual("net/http", "ListenAndServe").Call(jen.Lit("127.0.0.1:8080"), jen.Nil())),
	)
	return f
}
