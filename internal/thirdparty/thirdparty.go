// Package thirdparty holds the licences of the libraries in resnetgen's programs.
package thirdparty

import (
	_ "embed"
	"fmt"
	"runtime/debug"
	"strings"
)

//go:generate go run ../../tools/release -licences licences.txt

// all is a section a licence: a line "==== MODULE: FILE", and the text.
//
//go:embed licences.txt
var all string

const (
	mark  = "==== " // begins a section
	goes  = "Go's standard library"
	named = "github.com/resnetgen/resnetgen"
)

// Licences returns the licences of what the running program links: of Go, of resnetgen, and of the
// modules that the go command has left the names of in it.
func Licences() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return all
	}
	return Of(info)
}

// Of returns the licences of a program. It names the modules whose licences it does not know: those
// of a user's own.
func Of(info *debug.BuildInfo) string {
	linked := map[string]bool{goes: true, named: true}
	for _, m := range info.Deps {
		linked[m.Path] = true
	}
	var b strings.Builder
	known := map[string]bool{}
	for section := range strings.SplitSeq(strings.TrimPrefix(all, mark), "\n"+mark) {
		module, _, _ := strings.Cut(section, ": ")
		known[module] = true
		if linked[module] {
			b.WriteString(mark + strings.TrimRight(section, "\n") + "\n\n")
		}
	}
	for _, m := range info.Deps {
		if !known[m.Path] {
			fmt.Fprintf(&b, "%s%s %s: not known to resnetgen, see its source\n\n", mark, m.Path, m.Version)
		}
	}
	return b.String()
}
