// Package gomod finds the import path of a folder from the go.mod above it.
package gomod

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// maxFile is the size of the largest go.mod that is read.
const maxFile = 1 << 24

// Runtime is the module that generated code imports.
const Runtime = "github.com/resnetgen/resnetgen"

// Location says which module a folder belongs to.
type Location struct {
	ImportPath string // of the package in the folder
	GoMod      string // path of the nearest go.mod at or above the folder
	HasRuntime bool   // the module is [Runtime] or requires it
}

// Locate returns the place of the folder dir, which need not exist.
func Locate(dir string) (*Location, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("locate %s: %w", dir, err)
	}
	for root := dir; ; root = filepath.Dir(root) {
		file := filepath.Join(root, "go.mod")
		data, err := inputfile.Read(file, maxFile)
		switch {
		case err == nil:
			return place(dir, root, file, data)
		case !isAbsent(err):
			return nil, fmt.Errorf("read go.mod: %w", err)
		case root == filepath.Dir(root):
			return nil, fmt.Errorf("%s: got no go.mod at or above the folder, want one: "+
				"the trainer imports the package by its path; run go mod init MODULE first", dir)
		}
	}
}

// isAbsent reports whether err means that a file does not exist or is a folder. The go command
// skips such folders, too.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR)
}

// place reads the go.mod of root.
func place(dir, root, file string, data []byte) (*Location, error) {
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	if mod.Module == nil {
		return nil, fmt.Errorf("%s: got no module line, want one", file)
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return nil, fmt.Errorf("locate %s: %w", dir, err)
	}
	rel = filepath.ToSlash(rel)
	p := &Location{ImportPath: path.Join(mod.Module.Mod.Path, rel), GoMod: file}
	if err := module.CheckImportPath(p.ImportPath); err != nil {
		return nil, fmt.Errorf("%s: got a folder whose package cannot be imported, want another: %w", dir, err)
	}
	if slices.Contains(strings.Split(rel, "/"), "vendor") {
		return nil, fmt.Errorf("%s: got a folder in vendor, want another: the go command owns it", dir)
	}
	p.HasRuntime = mod.Module.Mod.Path == Runtime
	for _, r := range mod.Require {
		p.HasRuntime = p.HasRuntime || r.Mod.Path == Runtime
	}
	return p, nil
}
