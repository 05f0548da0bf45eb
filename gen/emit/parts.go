package emit

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/spec"
)

// Parts names the opt-in parts of a trainer, in the order in which it has them. Each is a package of that name in
// runtime, whose function Part returns it.
var Parts = []string{"dashboard", "tensorboard"}

// parts writes []train.Part{dashboard.Part(), …}.
func (e *emitter) parts() jen.Code {
	var calls []jen.Code
	for _, name := range Parts {
		if slices.Contains(e.With, name) {
			calls = append(calls, jen.Qual(PathOfPart(name), "Part").Call())
		}
	}
	return jen.Index().Qual(pathTrain, "Part").Values(calls...)
}

// PathOfPart returns the import path of a part's package.
func PathOfPart(name string) string { return module + "runtime/" + name }

// specText writes the spec as a string, over several lines if Go lets it.
func specText(net *spec.Net) jen.Code {
	text := string(spec.Encode(net))
	if strings.ContainsAny(text, "`\r\ufeff") {
		return jen.Lit(text)
	}
	return jen.Op("`" + text + "`")
}
