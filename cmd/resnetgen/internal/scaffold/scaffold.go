// Package scaffold puts a new spec into somebody's repository, with what go generate and git need
// beside it.
package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/resnetgen/resnetgen/cmd/resnetgen/internal/gomod"
	"github.com/resnetgen/resnetgen/internal/atomicfile"
)

// Tool is the import path of the compiler's command, as a go.mod's tool line has it.
const Tool = gomod.Runtime + "/cmd/resnetgen"

// Plan is what will be written: nothing is yet.
type Plan struct {
	HasTool bool // go.mod has the tool line that go generate needs

	spec  string
	files []file // whose lines are all there are left out
}

// file is one of the files beside a spec, with its new content.
type file struct {
	path    string
	content []byte
}

// NewPlan plans a spec's surroundings: the spec goes to path specFile, the network of that name
// into a folder beside it. An error names the file that cannot be read or completed.
func NewPlan(specFile, network string) (*Plan, error) {
	dir := filepath.Dir(specFile)
	p := &Plan{spec: specFile, HasTool: hasTool(dir)}
	for _, f := range []struct {
		name, line string
		start      func() (string, error)
	}{
		{"gen.go", "//go:generate go tool resnetgen generate " + quoted(filepath.Base(specFile)), func() (string, error) { return head(dir) }},
		{".gitattributes", "/" + network + "/** linguist-generated text eol=lf", func() (string, error) { return "", nil }},
	} {
		path := filepath.Join(dir, f.name)
		content, err := withLine(path, f.line, f.start)
		if err != nil {
			return nil, err
		}
		if content != nil {
			p.files = append(p.files, file{path, content})
		}
	}
	return p, nil
}

// Write writes the spec and the files beside it, each whole or not at all, and returns their paths.
func (p *Plan) Write(spec []byte) (written []string, err error) {
	for _, f := range append([]file{{p.spec, spec}}, p.files...) {
		if err := atomicfile.WriteFile(f.path, f.content, 0o666); err != nil {
			return nil, fmt.Errorf("write spec: %w", err)
		}
		written = append(written, f.path)
	}
	return written, nil
}

// withLine returns a file's content with the line at its end, or nil if it has that line. A file
// that is not there begins with start.
func withLine(path, line string, start func() (string, error)) ([]byte, error) {
	content, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text, err := start()
		if err != nil {
			return nil, err
		}
		content = []byte(text)
	case err != nil:
		return nil, fmt.Errorf("read what is beside the spec: %w", err)
	}
	for _, have := range bytes.Split(content, []byte("\n")) {
		if strings.TrimRight(string(have), "\r") == line {
			return nil, nil
		}
	}
	if len(content) > 0 && !bytes.HasSuffix(content, []byte("\n")) {
		content = append(content, '\n')
	}
	return append(content, line+"\n"...), nil
}

// quoted is a file's name as go generate reads it.
func quoted(name string) string {
	if strings.ContainsAny(name, " \t\"$") {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", "${DOLLAR}").Replace(name) + `"`
	}
	return name
}

// head is the beginning of a new gen.go.
func head(dir string) (string, error) {
	name, err := packageOf(dir)
	if err != nil {
		return "", err
	}
	return "package " + name + "\n\n// go generate makes the networks' packages from their specs; go tool resnetgen check proves that they are current.\n", nil
}

// packageOf returns the name of the package in a folder. One without Go files gets it from its
// import path, or else its name.
func packageOf(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("list the spec's folder: %w", err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, name); err != nil || !ok {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.PackageClauseOnly)
		if err != nil {
			return "", fmt.Errorf("read the package's name: %w", err)
		}
		return f.Name.Name, nil
	}
	folder, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("locate %s: %w", dir, err)
	}
	base := filepath.Base(folder)
	if place, err := gomod.Locate(dir); err == nil {
		base = path.Base(place.ImportPath)
	}
	return identifier(base), nil
}

var (
	major = regexp.MustCompile(`^v[0-9]+$`)
	other = regexp.MustCompile(`[^a-z0-9]+`)
)

// identifier makes a package's name of a folder's.
func identifier(base string) string {
	name := strings.TrimLeft(other.ReplaceAllString(strings.ToLower(base), ""), "0123456789")
	if name == "" || major.MatchString(name) || token.IsKeyword(name) {
		return "networks"
	}
	return name
}

// hasTool says that the nearest go.mod names the compiler as a tool, or is its own.
func hasTool(dir string) bool {
	place, err := gomod.Locate(dir)
	if err != nil {
		return false
	}
	data, err := os.ReadFile(place.GoMod)
	if err != nil {
		return false
	}
	mod, err := modfile.Parse(place.GoMod, data, nil)
	if err != nil || mod.Module == nil {
		return false
	}
	for _, t := range mod.Tool {
		if t.Path == Tool {
			return true
		}
	}
	return mod.Module.Mod.Path == gomod.Runtime
}
