package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/gomod"
	"github.com/resnetgen/resnetgen/internal/printable"
)

// nextSteps returns the commands that come after generate, for a shell in the folder cwd: none
// under go generate, whose user has them already.
func nextSteps(networks []compiled, cwd string) string {
	if os.Getenv("GOFILE") != "" { // go generate sets it
		return ""
	}
	var out strings.Builder
	out.WriteString("\nnext:\n")
	tidy := ""
	for i := range networks {
		n := &networks[i]
		if here, err := gomod.Locate(cwd); err != nil || here.GoMod != n.place.GoMod {
			cwd = filepath.Dir(n.place.GoMod)
			printable.Fprintf(&out, "  cd %s\n", printable.Word(cwd))
		}
		if tidy != n.place.GoMod {
			tidy = n.place.GoMod
			out.WriteString("  go mod tidy\n")
		}
		printable.Fprintf(&out, "  %s\n", n.firstUse(cwd))
	}
	return out.String()
}

// firstUse is the command that trains a network or, of an inference package alone, shows what it
// offers.
func (n *compiled) firstUse(cwd string) string {
	dir := "."
	if abs, err := filepath.Abs(n.folder.Dir); err == nil {
		if rel, err := filepath.Rel(cwd, abs); err == nil {
			dir = rel
		}
	}
	if n.inferOnly {
		return "go doc -short " + printable.Word(localPath(dir, "infer"))
	}
	data := n.net.Data
	switch {
	case data == "":
		data = "FOLDER"
	case strings.ContainsAny(data, `/\`):
		data = printable.Word(data)
	default:
		data += " --download"
	}
	return fmt.Sprintf("go run %s train --data %s --epochs 5 --out runs/%s", printable.Word(localPath(dir, "cmd", n.net.Name)), data, n.net.Name)
}

// localPath is a path as the go command takes it for a folder, not for an import path.
func localPath(elements ...string) string {
	path := filepath.ToSlash(filepath.Join(elements...))
	if strings.HasPrefix(path, "../") {
		return path
	}
	return "./" + path
}
