// Package gen is the compiler: it turns a spec into the files of a Go package. It reads no file,
// clock, environment or CPU: the output is a function of the spec, the options and [Version].
package gen

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/resnetgen/resnetgen/gen/emit"
	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/gen/lower"
	"github.com/resnetgen/resnetgen/gen/pass"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// Version is the generator's version; it stands in everything that it generates.
const Version = "0.2.0"

// Options are what the output depends on besides the spec.
type Options struct {
	ImportPath  string   // of the generated package: its trainer imports it
	LicenceLine string   // a comment on top of each file, without slashes; may be empty
	With        []string // the opt-in parts of the trainer, of [Parts]
	InferOnly   bool     // the inference package alone
}

// Parts names the opt-in parts that a trainer may have.
func Parts() []string { return slices.Clone(emit.Parts) }

// DefaultParts names those of [Parts] that a trainer has if nothing is said: all but those that
// need more than Go to build or run.
func DefaultParts() []string {
	return slices.DeleteFunc(Parts(), func(name string) bool { return slices.Contains(emit.NonDefaultParts, name) })
}

// PathOfPart returns the import path of a part: a trainer has those that it imports.
func PathOfPart(name string) string { return emit.PathOfPart(name) }

// File is a generated file.
type File = emit.File

// Compile returns the files of the network's package, of its trainer and of its inference package.
// An error is a defect of the compiler, not of a spec that package spec has accepted.
func Compile(net *spec.Net, o Options) ([]File, error) {
	files, _, err := CompileDescribed(net, o)
	return files, err
}

// CompileDescribed is [Compile] and [Describe] in one.
func CompileDescribed(net *spec.Net, o Options) ([]File, *network.Info, error) {
	g, inference, err := compileBoth(net)
	if err != nil {
		return nil, nil, err
	}
	info := describe(net, g, inference)
	files, err := emit.Files(emit.Input{
		Graph: g, Inference: inference, Info: info, Net: net,
		ImportPath: o.ImportPath, LicenceLine: o.LicenceLine, With: o.With, InferOnly: o.InferOnly,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("compile %s: %w", net.Name, err)
	}
	return files, info, nil
}

// Describe returns the generated package's description of itself.
func Describe(net *spec.Net) (*network.Info, error) {
	g, inference, err := compileBoth(net)
	if err != nil {
		return nil, err
	}
	return describe(net, g, inference), nil
}

// compileBoth compiles the training step and the network that only predicts, at one time: each has
// a graph of its own.
func compileBoth(net *spec.Net) (training, inference *ir.Graph, err error) {
	see := func(string, *ir.Graph) {}
	var failure error
	var other sync.WaitGroup
	other.Go(func() { inference, failure = compileInference(net, see) })
	training, err = compile(net, see)
	other.Wait()
	return training, inference, cmp.Or(err, failure)
}

// PassInfo describes a stage of the compiler that [Dump] can show.
type PassInfo struct{ Name, Description string }

// inferPrefix begins the names of the passes to an inference package.
const inferPrefix = "infer/"

// Passes lists lower and the passes after it, in order: those to the training step, then those to
// the inference package.
func Passes() []PassInfo {
	passes := []PassInfo{{"lower", "turn the spec into the operations of the forward pass, with all shapes"}}
	for _, p := range pass.Training {
		passes = append(passes, PassInfo{p.Name, p.Description})
	}
	for _, p := range pass.Inference {
		passes = append(passes, PassInfo{inferPrefix + p.Name, p.Description})
	}
	return passes
}

// Dump prints the graph as it is after a pass.
func Dump(net *spec.Net, name string) (string, error) {
	passes := Passes()
	if !slices.ContainsFunc(passes, func(p PassInfo) bool { return p.Name == name }) {
		var names []string
		for _, p := range passes {
			names = append(names, p.Name)
		}
		return "", fmt.Errorf("pass: got %q, want one of %s", name, strings.Join(names, ", "))
	}
	dump := ""
	inferName, infers := strings.CutPrefix(name, inferPrefix)
	see := func(pass string, g *ir.Graph) {
		if pass == inferName {
			dump = g.String()
		}
	}
	if infers {
		_, err := compileInference(net, see)
		return dump, err
	}
	_, err := compile(net, see)
	return dump, err
}

func compile(net *spec.Net, see func(pass string, g *ir.Graph)) (*ir.Graph, error) {
	g := lower.Lower(net)
	if err := pass.Run(pass.Training, g, see); err != nil {
		return nil, fmt.Errorf("compile %s: %w", net.Name, err)
	}
	return g, nil
}

// compileInference is compile of the network that only predicts.
func compileInference(net *spec.Net, see func(pass string, g *ir.Graph)) (*ir.Graph, error) {
	g := lower.Lower(net)
	if err := pass.Run(pass.Inference, g, see); err != nil {
		return nil, fmt.Errorf("compile %s for inference: %w", net.Name, err)
	}
	return g, nil
}
