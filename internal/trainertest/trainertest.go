// Package trainertest builds trainers of specs for tests, as a user's module would.
package trainertest

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/spec"
)

// module is the path of the module that holds the generated packages.
const module = "example.com/trainers"

// Build generates a package for each spec below folder and compiles their trainers, with the opt-in
// parts that are named. It returns the
// folder of the binaries: each has its network's name. The packages stand in a module of their own,
// and a workspace joins it with this module, whose root is given.
func Build(folder, root string, specs []*spec.Net, with ...string) (bin string, err error) {
	if root, err = filepath.Abs(root); err != nil {
		return "", err
	}
	files := map[string][]byte{
		"go.mod":  []byte("module " + module + "\n\ngo 1.26\n"),
		"go.work": fmt.Appendf(nil, "go 1.26.0\n\nuse (\n\t.\n\t%q\n)\n", root),
	}
	for _, s := range specs {
		generated, err := gen.Compile(s, gen.Options{ImportPath: module + "/" + s.Name, With: with})
		if err != nil {
			return "", fmt.Errorf("compile %s: %w", s.Name, err)
		}
		for _, file := range generated {
			files[s.Name+"/"+file.Path] = file.Content
		}
	}
	source := filepath.Join(folder, "module")
	if err := WriteFiles(source, files); err != nil {
		return "", err
	}
	bin = filepath.Join(folder, "bin")
	build := exec.Command("go", "build", "-ldflags", "-s -w", "-o", bin+string(filepath.Separator), "./...")
	build.Dir = source
	build.Env = append(os.Environ(), "GOWORK="+filepath.Join(source, "go.work"), "GOFLAGS=", "CGO_ENABLED=0")
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
