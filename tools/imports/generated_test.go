package imports

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// generated is the folder that may be deleted: everything else builds and passes its tests.
const generated = "generated"

// namesGenerated are the Go files that name files of generated/, and why they may.
var namesGenerated = map[string]string{
	"tools/doctest/check_test.go":       "whether what the documents show is there",
	"tools/doctest/commandpage_test.go": "the trainer whose help docs/commands.md shows",
	"tools/doctest/commands_test.go":    "what make build makes, which the documents' commands use",
	"tools/doctest/examples_test.go":    "likewise",
	"tools/imports/generated_test.go":   "this test",
	"tools/imports/imports_test.go":     "the policy of the folder itself",
	"tools/samebits/specs.go":           "the specs of a checkout that it is told of",
	"tools/readers/readers_test.go":     "a folder that it passes over",
}

// TestNothingImportsGenerated holds that no package outside generated/ imports one inside, its
// tests included, on any system and with any build tag.
func TestNothingImportsGenerated(t *testing.T) {
	inside := []string{module + "/" + generated}
	for _, env := range systems {
		for _, p := range listFor(t, env, module+"/...") {
			if within(p.ImportPath, inside) {
				continue
			}
			for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
				if within(path, inside) {
					t.Errorf("%s imports %s, want nothing of generated/, which may be deleted", p.ImportPath, path)
				}
			}
		}
	}
}

// TestNothingReadsGenerated holds that no Go file outside generated/ names a file inside, but for
// those of the table.
func TestNothingReadsGenerated(t *testing.T) {
	found := map[string]bool{}
	for file, literals := range literalsOf(t, "../..") {
		for _, literal := range literals {
			if !namesFolder.MatchString(literal) {
				continue
			}
			found[file] = true
			if namesGenerated[file] == "" {
				t.Errorf("%s has %s, want no file of generated/, which may be deleted", file, literal)
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(namesGenerated)) {
		if !found[file] {
			t.Errorf("%s: got nothing of generated/ in it, want no permission that nobody uses", file)
		}
	}
}

// namesFolder matches literals that name the folder or a file in it.
var namesFolder = regexp.MustCompile(`(^|[^\w-])generated/[\w*]|^"(\.\./)*generated"$`)

// literalsOf lists the strings in the Go files below root, by file, but for those of generated/ and
// of folders that git ignores.
func literalsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	skip := []string{generated, "bin", "demo", "dist", "runs", "bench/nets"}
	all := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		file := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if e.IsDir() && (slices.Contains(skip, file) || strings.HasPrefix(e.Name(), ".") && path != root) {
			return fs.SkipDir
		}
		if e.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		all[file] = literals(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func literals(text []byte) (all []string) {
	var s scanner.Scanner
	files := token.NewFileSet()
	s.Init(files.AddFile("", files.Base(), len(text)), text, nil, 0)
	for {
		switch _, kind, literal := s.Scan(); kind {
		case token.STRING:
			all = append(all, literal)
		case token.EOF:
			return all
		}
	}
}
