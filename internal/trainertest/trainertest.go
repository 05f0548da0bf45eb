// Package trainertest builds trainers of specs for tests, as a user's module would.
package trainertest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// Path is the path of a module that holds generated packages.
const Path = "example.com/trainers"

// Build generates a package for each spec below folder and compiles their trainers, with the
// opt-in parts that are named. It returns the folder of the binaries: each has its network's name.
// The packages stand in a module of their own, and a workspace joins it with this module, whose
// root is given.
func Build(folder, root string, specs []*spec.Net, with ...string) (bin string, err error) {
	m, err := Generate(folder, root, specs, with...)
	if err != nil {
		return "", err
	}
	return m.Build("bin")
}

// Trainer builds the trainer of a spec of the zoo, as [Build] does, and returns the program.
func Trainer(folder, root, published, name string, with ...string) (bin string, err error) {
	s, err := Zoo(published, name)
	if err != nil {
		return "", err
	}
	if bin, err = Build(folder, root, []*spec.Net{s}, with...); err != nil {
		return "", err
	}
	return filepath.Join(bin, name), nil
}

// Zoo returns a spec of the zoo under a name of the caller's choice.
func Zoo(published, name string) (*spec.Net, error) {
	text, err := zoo.Read(published)
	if err != nil {
		return nil, err
	}
	s, err := spec.Parse(published+".yaml", text)
	if err != nil {
		return nil, err
	}
	s.Name = name
	return s, nil
}

// Module is a module of generated packages.
type Module struct {
	folder string // holds the module's folder and those of the binaries
}

// Generate writes what [Build] compiles.
func Generate(folder, root string, specs []*spec.Net, with ...string) (*Module, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"go.mod":  []byte("module " + Path + "\n\ngo 1.26\n"),
		"go.work": fmt.Appendf(nil, "go 1.26.0\n\nuse (\n\t.\n\t%q\n)\n", root),
	}
	for _, s := range specs {
		generated, err := gen.Compile(s, gen.Options{ImportPath: Path + "/" + s.Name, With: with})
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", s.Name, err)
		}
		for _, file := range generated {
			files[s.Name+"/"+file.Path] = file.Content
		}
	}
	m := &Module{folder}
	return m, WriteFiles(m.source(), files)
}

// Add writes a further file of the module, such as one of a generated package. Its name has
// slashes.
func (m *Module) Add(name string, content []byte) error {
	return WriteFiles(m.source(), map[string][]byte{name: content})
}

func (m *Module) source() string { return filepath.Join(m.folder, "module") }

// Build compiles the module's trainers into a folder beside it, which it returns. With build tags,
// they may hold C. Paths are trimmed, so that the build cache serves every folder.
func (m *Module) Build(name string, tags ...string) (bin string, err error) {
	bin = filepath.Join(m.folder, name)
	cgo := "CGO_ENABLED=0"
	if len(tags) > 0 {
		cgo = "CGO_ENABLED=1"
	}
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w",
		"-tags", strings.Join(tags, ","), "-o", bin+string(filepath.Separator), "./...")
	build.Dir = m.source()
	build.Env = append(os.Environ(), "GOWORK="+filepath.Join(m.source(), "go.work"), "GOFLAGS=", cgo)
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build of the generated packages: %w\n%s", err, output)
	}
	return bin, nil
}

// WriteFiles writes files below a folder. Their names have slashes.
func WriteFiles(folder string, files map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}
