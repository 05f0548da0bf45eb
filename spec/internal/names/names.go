// Package names says which words may name a network. A name becomes a Go package, a folder, a file
// and a program, so it has to be safe as each of them, on every system.
package names

import (
	"go/doc"
	"go/token"
	"slices"
	"strings"
)

// Reserved lists names with another meaning for Go's tools, for this project (a trainer declares
// build and recipe) or for Windows. Go's keywords and predeclared identifiers are not in it.
func Reserved() []string {
	return []string{
		"build", "cmd", "documentation", "infer", "init", "internal", "main", "recipe", "testdata", "vendor",
		"aux", "con", "nul", "prn",
		"com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
		"lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
	}
}

// Suffixes lists the words that mean a build constraint at the end of a file's name, after "_":
// files of that name would be left out of builds elsewhere. They are those of Go's
// internal/syslist.
func Suffixes() []string {
	return []string{
		"test",
		"aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux",
		"nacl", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "windows", "zos",
		"386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips", "mips64",
		"mips64le", "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv",
		"riscv64", "s390", "s390x", "sparc", "sparc64", "wasm",
	}
}

// Problem says why name, which is otherwise well-formed, cannot name a network, or returns "".
func Problem(name string) string {
	switch {
	case token.IsKeyword(name):
		return "a keyword of Go"
	case doc.IsPredeclared(name):
		return "a predeclared identifier of Go"
	case slices.Contains(Reserved(), name):
		return "a reserved name"
	}
	if i := strings.LastIndexByte(name, '_'); i >= 0 && slices.Contains(Suffixes(), name[i+1:]) {
		return "whose end " + name[i:] + " is a build constraint of Go files"
	}
	return ""
}
