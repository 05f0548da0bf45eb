package emit

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/resnetgen/resnetgen/spec"
)

// Parts names the opt-in parts of a trainer, in their order there. Each is a package of runtime,
// with the same name unless packages has another. It observes trainings, joins them to other
// processes, or is a command.
var Parts = []string{"dashboard", "mpi", "serve", "tensorboard"}

// commands are the [Parts] with a function Command. observers are those with a function Part for
// trainings.
var (
	commands  = []string{"dashboard", "serve"}
	observers = []string{"dashboard", "tensorboard"}
)

// NonDefaultParts are the [Parts] that a trainer has only if --with names them.
var NonDefaultParts = []string{"mpi"}

// packages are those of Parts whose package has another name.
var packages = map[string]string{"mpi": "ranks"}

// parts writes what a trainer is linked with, as rows of its cli.Program:
//
//	Parts:    []cli.Part{dashboard.Part(), …},
//	Commands: []cli.Command{dashboard.Command(), …},
//	Ranks:    ranks.Part(),
func (e *emitter) parts() (rows []jen.Code) {
	linked := func(names []string, function string) (calls []jen.Code) {
		for _, name := range names {
			if slices.Contains(e.With, name) {
				calls = append(calls, jen.Qual(PathOfPart(name), function).Call())
			}
		}
		return calls
	}
	if parts := linked(observers, "Part"); len(parts) > 0 {
		rows = append(rows, field("Parts", jen.Index().Qual(pathCLI, "Part").Values(parts...)))
	}
	if added := linked(commands, "Command"); len(added) > 0 {
		rows = append(rows, field("Commands", jen.Index().Qual(pathCLI, "Command").Values(added...)))
	}
	if slices.Contains(e.With, "mpi") {
		rows = append(rows, field("Ranks", jen.Qual(PathOfPart("mpi"), "Part").Call()))
	}
	return rows
}

// PathOfPart returns the import path of a part's package.
func PathOfPart(name string) string {
	if other, ok := packages[name]; ok {
		name = other
	}
	return module + "runtime/" + name
}

// specText writes the spec as a string, over several lines if Go lets it.
func specText(net *spec.Net) jen.Code {
	text := string(spec.Encode(net))
	if strings.ContainsAny(text, "`\r\ufeff") {
		return jen.Lit(text)
	}
	return jen.Op("`" + text + "`")
}
