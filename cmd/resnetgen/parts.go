package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/gen"
)

// partsNamed returns the parts of a trainer that --with names, in their own order.
func partsNamed(list string) ([]string, error) {
	if list == "none" {
		return nil, nil
	}
	known, wanted := gen.Parts(), map[string]bool{}
	for _, name := range strings.Split(list, ",") {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("--with: got %q, want none, or some of %s", name, strings.Join(known, ","))
		}
		wanted[name] = true
	}
	return slices.DeleteFunc(known, func(name string) bool { return !wanted[name] }), nil
}

// partsOf returns the parts of the trainer in a package's folder: those that it imports. Where
// there is none to read it returns what there would be otherwise.
func partsOf(dir, network string, otherwise []string) []string {
	path := filepath.Join(dir, "cmd", network, "main.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		return otherwise
	}
	imported := map[string]bool{}
	for _, i := range file.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err == nil {
			imported[path] = true
		}
	}
	return slices.DeleteFunc(gen.Parts(), func(name string) bool { return !imported[gen.PathOfPart(name)] })
}
