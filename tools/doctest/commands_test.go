//go:build campaign && unix

package doctest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/module"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/tools/packaging"
)

const ours = "github.com/resnetgen/resnetgen"

// TestCommands runs what the documents show. -run TestCommands/docs/spec.md is one of them.
func TestCommands(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	bin := built(t, root)
	var paths []string
	for path, d := range c.Documents {
		if len(d.Steps) > 0 {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		t.Run(path, func(t *testing.T) { document(t, c, c.Documents[path], root, bin) })
	}
}

// built is a folder with what `make build` makes.
func built(t *testing.T, root string) string {
	t.Helper()
	bin := t.TempDir()
	p := &Place{Dir: root, Env: environment(bin)}
	if err := p.Run(t.Context(), &Step{Text: "go build -o " + bin + "/ ./cmd/resnetgen ./generated/*/cmd/*", Limit: 10 * time.Minute}); err != nil {
		t.Fatal(err)
	}
	return bin
}

// environment has bin in front of PATH, and -trimpath: it lets the build cache serve every copy.
func environment(bin string) []string {
	return append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "GOFLAGS=-modcacherw -trimpath", "RESNETGEN_CPU=")
}

// document runs a document's steps in places of its own.
func document(t *testing.T, c *Checkout, d *Document, root, bin string) {
	ctx, cancel := context.WithCancel(t.Context())
	var checkout, empty *Place
	defer func() {
		cancel()
		for _, p := range []*Place{checkout, empty} {
			if p != nil {
				p.Wait()
			}
		}
	}()
	for _, step := range d.Steps {
		var p *Place
		switch {
		case step.Module && empty == nil:
			empty = emptyModule(t, root)
			fallthrough
		case step.Module:
			p = empty
		case checkout == nil:
			checkout = copied(t, c, root, bin)
			fallthrough
		default:
			p = checkout
		}
		began := time.Now()
		if err := p.Run(ctx, &step); err != nil {
			t.Fatalf("%s: %v", d.Path, err)
		}
		t.Logf("%s:%d: %v", d.Path, step.Line, time.Since(began).Round(time.Millisecond))
	}
}

// copied is a copy of the checkout, with bin.
func copied(t *testing.T, c *Checkout, root, bin string) *Place {
	t.Helper()
	dir := t.TempDir()
	for _, f := range c.Files {
		data, err := os.ReadFile(filepath.Join(root, f))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(root, f))
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(bin, filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	return &Place{Dir: dir, Env: environment(bin)}
}

// emptyModule is an empty folder, for a module that gets this one from a proxy.
func emptyModule(t *testing.T, root string) *Place {
	t.Helper()
	url, err := packaging.Publish(root, t.TempDir(), module.Version{Path: ours, Version: "v" + gen.Version})
	if err != nil {
		t.Fatal(err)
	}
	env, err := packaging.Environment(ours, url, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &Place{Dir: t.TempDir(), Env: append(env, "GOFLAGS=-modcacherw -trimpath")}
}
