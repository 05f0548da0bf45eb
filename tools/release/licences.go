package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/resnetgen/resnetgen/gen"
)

// licenceFile matches the names of licences, and licenceFolder those of folders of them.
var (
	licenceFile   = regexp.MustCompile(`(?i)^((un|mit[._-]|bsd[._-])?licen[cs]e|copying|copyright|notice|patents)([._-].*)?$`)
	licenceFolder = regexp.MustCompile(`(?i)^licen[cs]es$`)

	pageBreaks = regexp.MustCompile(`[\r\f]`) // which a terminal obeys
)

// linkable are the packages that have all that some program of resnetgen may link: the compiler,
// and trainers with all parts.
func linkable() []string {
	packages := []string{modulePath + "/cmd/resnetgen", modulePath + "/runtime/cli"}
	for _, part := range gen.Parts() {
		packages = append(packages, gen.PathOfPart(part))
	}
	return packages
}

// modulePath is resnetgen's own.
const modulePath = "github.com/resnetgen/resnetgen"

// module is one that is linked, and the folders whose licences it comes with: its own, and those
// that linked packages and the files embedded in them lie in.
type module struct {
	name    string // with its version, if that is asked for
	dir     string
	folders map[string]bool
}

// licences returns the licences of Go and of every module that the packages link on some system.
func licences(versions bool, packages ...string) ([]byte, error) {
	root, err := output(exec.Command("go", "env", "GOROOT"))
	if err != nil {
		return nil, err
	}
	modules := map[string]*module{} // by path
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Dir,EmbedFiles,Module"}, packages...)...)
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=")
		list, err := output(cmd)
		if err != nil {
			return nil, err
		}
		if err := addModules(modules, list, versions); err != nil {
			return nil, err
		}
	}
	var all bytes.Buffer
	if err := appendLicences(&all, "Go's standard library", strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	var paths []string
	for path := range modules {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		if err := modules[path].append(&all); err != nil {
			return nil, err
		}
	}
	return all.Bytes(), nil
}

// addModules adds the modules of what go list prints.
func addModules(modules map[string]*module, list []byte, versions bool) error {
	for dec := json.NewDecoder(bytes.NewReader(list)); ; {
		var p struct {
			Dir        string
			EmbedFiles []string
			Module     *struct{ Path, Version, Dir string }
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("list packages: %w", err)
		}
		if p.Module == nil { // the standard library
			continue
		}
		m := modules[p.Module.Path]
		if m == nil {
			m = &module{name: p.Module.Path, dir: p.Module.Dir, folders: map[string]bool{}}
			if versions && p.Module.Version != "" {
				m.name += " " + p.Module.Version
			}
			modules[p.Module.Path] = m
		}
		m.addFolders(p.Dir)
		for _, file := range p.EmbedFiles {
			m.addFolders(filepath.Join(p.Dir, filepath.FromSlash(path.Dir(file))))
		}
	}
}

// addFolders adds a folder of the module and those that it lies in, up to the module's own.
func (m *module) addFolders(dir string) {
	for dir != m.dir && !m.folders[dir] {
		m.folders[dir] = true
		dir = filepath.Dir(dir)
	}
}

// append appends the module's licences: its own, of which there must be one, and those of its
// folders.
func (m *module) append(all *bytes.Buffer) error {
	if err := appendLicences(all, m.name, m.dir); err != nil {
		return err
	}
	var folders []string
	for dir := range m.folders {
		folders = append(folders, dir)
	}
	slices.Sort(folders)
	for _, dir := range folders {
		if _, err := appendFound(all, m.name, m.dir, dir); err != nil {
			return err
		}
	}
	return nil
}

// appendLicences appends the licences in a module's own folder. A module without any must not be in
// a release.
func appendLicences(all *bytes.Buffer, name, dir string) error {
	found, err := appendFound(all, name, dir, dir)
	if err == nil && !found {
		err = fmt.Errorf("licence of %s: got none in %s, want one", name, dir)
	}
	return err
}

// appendFound appends the licences in a folder of a module, and in its folder of licences, and
// reports whether there are any.
func appendFound(all *bytes.Buffer, name, module, dir string) (found bool, err error) {
	files, err := os.ReadDir(dir) // sorted
	if err != nil {
		return false, fmt.Errorf("licence of %s: %w", name, err)
	}
	for _, f := range files {
		file := filepath.Join(dir, f.Name())
		switch {
		case f.IsDir() && licenceFolder.MatchString(f.Name()):
			texts, err := os.ReadDir(file)
			if err != nil {
				return false, fmt.Errorf("licence of %s: %w", name, err)
			}
			for _, t := range texts {
				if err := appendFile(all, name, module, filepath.Join(file, t.Name()), t); err != nil {
					return false, err
				}
				found = found || isText(t)
			}
		case licenceFile.MatchString(f.Name()):
			if err := appendFile(all, name, module, file, f); err != nil {
				return false, err
			}
			found = found || isText(f)
		}
	}
	return found, nil
}

// isText reports whether an entry of a folder is a file, and not source code that has a licence's
// name.
func isText(f fs.DirEntry) bool { return f.Type().IsRegular() && filepath.Ext(f.Name()) != ".go" }

// appendFile appends a licence, if it is a text.
func appendFile(all *bytes.Buffer, name, module, file string, f fs.DirEntry) error {
	if !isText(f) {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("licence of %s: %w", name, err)
	}
	within, err := filepath.Rel(module, file)
	if err != nil {
		return fmt.Errorf("licence of %s: %w", name, err)
	}
	if !utf8.Valid(text) { // an old one, in Latin-1, whose bytes are the characters' numbers
		runes := make([]rune, len(text))
		for i, b := range text {
			runes[i] = rune(b)
		}
		text = []byte(string(runes))
	}
	text = bytes.TrimSpace(pageBreaks.ReplaceAll(text, nil))
	fmt.Fprintf(all, "==== %s: %s\n\n%s\n\n", name, filepath.ToSlash(within), text)
	return nil
}
