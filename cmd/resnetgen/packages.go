package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/gomod"
	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/output"
	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/source"
	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// packageFlags are the flags that generate and check share: they have to be the same for both.
type packageFlags struct {
	dir     string
	dirSet  bool
	licence string
	with    string
	withSet bool
	infer   bool
	keep    bool // without --with, a trainer keeps the parts that it has; an inference package stays alone
}

func (f *packageFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&f.dir, "out", "o", "", "the package's `folder`; with several specs, the folder that theirs lie in\n"+
		"(default: beside the spec, with the network's name)")
	cmd.Flags().StringVar(&f.licence, "licence", "", "a `line` to put on top of each file as a comment")
	cmd.Flags().StringVar(&f.with, "with", strings.Join(gen.DefaultParts(), ","), "the `parts` that the trainer links, or none; mpi is another")
	cmd.Flags().BoolVar(&f.infer, "infer", false, "only the inference package, in the folder's folder infer")
	_ = cmd.MarkFlagDirname("out") // fails only for a flag that is not there
}

// compiled is a network and the state of its folder.
type compiled struct {
	net       *spec.Net
	info      *network.Info
	place     *gomod.Location
	folder    *output.Folder
	inferOnly bool
}

// inspect compiles all specs and compares each with its folder. It changes nothing.
func (f *packageFlags) inspect(names []string, stdin io.Reader) ([]compiled, error) {
	if f.dirSet && f.dir == "" {
		return nil, errors.New("--out: got an empty name, want a folder")
	}
	licence, err := licenceLine(f.licence)
	if err != nil {
		return nil, err
	}
	parts, err := partsNamed(f.with)
	if err != nil {
		return nil, err
	}
	nets, err := source.ReadAll(names, stdin)
	if err != nil {
		return nil, err
	}
	var all []compiled
	owner := map[string]string{}
	for i, net := range nets {
		dir := f.folder(names[i], net, len(nets))
		if other, twice := owner[dir]; twice {
			return nil, fmt.Errorf("%s and %s: got one folder for both, %s, want one for each: rename a network", other, names[i], dir)
		}
		owner[dir] = names[i]
		with := parts
		if f.keep && !f.withSet {
			with = partsOf(dir, net.Name, parts)
		}
		inferOnly := f.infer || f.keep && hasInferenceOnly(dir)
		c, err := compile(net, dir, gen.Options{LicenceLine: licence, With: with, InferOnly: inferOnly})
		if err != nil {
			return nil, err
		}
		all = append(all, *c)
	}
	return all, nil
}

// hasInferenceOnly reports whether a package's folder has been generated with --infer.
func hasInferenceOnly(dir string) bool {
	there := func(path ...string) bool {
		_, err := os.Stat(filepath.Join(append([]string{dir}, path...)...))
		return err == nil
	}
	return there("infer", "model.go") && !there("network.go")
}

// folder returns the package's folder.
func (f *packageFlags) folder(name string, net *spec.Net, specs int) string {
	switch {
	case f.dir == "":
		return filepath.Join(source.OutputFolder(name), net.Name)
	case specs == 1:
		return filepath.Clean(f.dir)
	}
	return filepath.Join(f.dir, net.Name)
}

func compile(net *spec.Net, dir string, o gen.Options) (*compiled, error) {
	place, err := gomod.Locate(dir)
	if err != nil {
		return nil, err
	}
	o.ImportPath = place.ImportPath
	files, info, err := gen.CompileDescribed(net, o)
	if err != nil {
		return nil, err
	}
	folder, err := output.Inspect(dir, files)
	if err != nil {
		return nil, err
	}
	return &compiled{net, info, place, folder, o.InferOnly}, nil
}

// licenceLine returns a flag's text without the slashes of a comment. It refuses text that Go would
// not read as one line of comment.
func licenceLine(s string) (string, error) {
	text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "//"))
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, notInLine):
		return "", fmt.Errorf("--licence: got %q, want one line of text", s)
	case strings.HasPrefix(text, "+build"):
		return "", fmt.Errorf("--licence: got %q, a build constraint, want a licence", s)
	}
	return text, nil
}

// notInLine reports characters that end a line, or that Go source must not hold.
func notInLine(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufeff'
}
