// Package readers holds that what reads outside input is fuzzed, with bounds on memory and time,
// and opens files in one way.
package readers

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the module's folder.
const root = "../.."

// targets are the fuzz targets of each package that reads outside input. `make fuzz` runs these,
// and all others.
var targets = map[string][]string{
	"spec":                 {"FuzzParse"},
	"gen":                  {"FuzzCompile"},
	"runtime/checkpoint":   {"FuzzDecode"},
	"runtime/dashboard":    {"FuzzRequests"},
	"runtime/dataset":      {"FuzzIDX", "FuzzCIFAR", "FuzzFolders", "FuzzUnpack", "FuzzDownload"},
	"runtime/interchange":  {"FuzzMatch"},
	"runtime/onnx":         {"FuzzDecode"},
	"runtime/preprocess":   {"FuzzDecode"},
	"runtime/serve":        {"FuzzInfer"},
	"runtime/tfcheckpoint": {"FuzzEntry", "FuzzCheckpoint", "FuzzTable", "FuzzState"},
	"runtime/train/runs":   {"FuzzTables", "FuzzSettings", "FuzzHeader", "FuzzLog"},
	"runtime/train/watch":  {"FuzzSettings"},
}

// decoders are the functions that reading begins with.
var decoders = []string{
	"inputfile.Open", "inputfile.Read", "os.Open", "os.ReadFile", "fs.ReadFile", "io.ReadAll", "binary.Read",
	"json.Unmarshal", "json.NewDecoder", "csv.NewReader", "xml.NewDecoder", "gob.NewDecoder", "yaml.Unmarshal", "yaml.NewDecoder",
	"gzip.NewReader", "zlib.NewReader", "flate.NewReader", "tar.NewReader", "zip.NewReader", "zip.OpenReader", "snappy.Decode",
	"image.Decode", "image.DecodeConfig", "png.Decode", "jpeg.Decode", "gif.Decode", "gif.DecodeAll", "bmp.Decode", "webp.Decode",
	"safetensors.Deserialize", "protowire.ConsumeTag", "proto.Unmarshal", "modfile.Parse", "modfile.ParseLax",
}

// trusted are files whose readers take no outside input, or leave it to a library or to another
// package's reader, and why.
var trusted = map[string]string{
	"cmd/resnetgen/internal/gomod/gomod.go":       "the go.mod that the go command reads, by its own parser",
	"cmd/resnetgen/internal/output/inspect.go":    "files that are compared with what is written",
	"cmd/resnetgen/internal/scaffold/scaffold.go": "files beside the spec, of which lines are compared",
	"cmd/resnetgen/internal/source/source.go":     "a spec on standard input, for spec.Parse",
	"internal/inputfile/inputfile.go":             "the opener itself",
	"internal/trainertest/choices.go":             "the schema of this repository, and specs made from it",
	"runtime/cli/formats.go":                      "the first bytes of a file, for the reader of its format",
	"runtime/cli/predict.go":                      "an image on standard input, for preprocess.Decode",
	"runtime/dataset/download.go":                 "what it has fetched itself, to sum it up",
	"runtime/internal/durable/folder_other.go":    "a folder, to sync it",
	"runtime/ranks/link.go":                       "the program's own file",
	"spec/internal/schemagen/main.go":             "a document of this repository",
	"spec/internal/schemagen/table.go":            "a schema of this repository",
}

// openers are the functions that would wait for the writer of a named pipe: inputfile's do not.
var openers = []string{"os.Open", "os.ReadFile"}

// call is a function of another package that a file calls.
type call struct{ file, name string }

// source is what there is in the packages of this module.
type source struct {
	calls   []call
	fuzzers map[string]map[string]bool // by package: the names of its targets
	bounded map[string]bool            // packages whose tests have a bound
}

// walk parses the module's Go files, but for those of tools, benchmarks and generated networks.
func walk(t *testing.T) *source {
	t.Helper()
	s := &source{fuzzers: map[string]map[string]bool{}, bounded: map[string]bool{}}
	err := filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(file, filepath.FromSlash(root+"/")))
		if e.IsDir() {
			skip := []string{"tools", "bench", "generated", "bin", "demo", "dist", "runs"}
			if file != root && (slices.Contains(skip, rel) || strings.HasPrefix(e.Name(), ".") || e.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if filepath.Ext(rel) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if strings.HasSuffix(rel, "_test.go") {
			s.addTargets(path.Dir(rel), parsed)
		} else {
			s.addCalls(rel, parsed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *source) addTargets(folder string, f *ast.File) {
	if slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return strings.HasSuffix(i.Path.Value, `/internal/fuzzbound"`) }) {
		s.bounded[folder] = true
	}
	for _, d := range f.Decls {
		if function, ok := d.(*ast.FuncDecl); ok && function.Recv == nil && strings.HasPrefix(function.Name.Name, "Fuzz") {
			if s.fuzzers[folder] == nil {
				s.fuzzers[folder] = map[string]bool{}
			}
			s.fuzzers[folder][function.Name.Name] = true
		}
	}
}

func (s *source) addCalls(file string, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := selector.X.(*ast.Ident); ok {
				s.calls = append(s.calls, call{file, x.Name + "." + selector.Sel.Name})
			}
		}
		return true
	})
}

// TestReadersAreFuzzed holds that each package that reads outside input has the targets of the
// table, and they a bound.
func TestReadersAreFuzzed(t *testing.T) {
	s := walk(t)
	for _, c := range s.calls {
		if slices.Contains(decoders, c.name) && trusted[c.file] == "" && targets[path.Dir(c.file)] == nil {
			t.Errorf("%s calls %s: got no fuzz target of %s in the table, want one, or why it needs none", c.file, c.name, path.Dir(c.file))
		}
	}
	for folder, names := range targets {
		for _, name := range names {
			if !s.fuzzers[folder][name] {
				t.Errorf("%s: got no %s, want it: it has %v", folder, name, slices.Sorted(maps.Keys(s.fuzzers[folder])))
			}
		}
		if !s.bounded[folder] {
			t.Errorf("%s: got no bound on its targets, want one of fuzzbound", folder)
		}
	}
}

// TestOneOpener holds that files of users are opened by inputfile.
func TestOneOpener(t *testing.T) {
	s := walk(t)
	for file := range trusted {
		if !slices.ContainsFunc(s.calls, func(c call) bool { return c.file == file && slices.Contains(decoders, c.name) }) {
			t.Errorf("%s: got it among the trusted, but it reads nothing", file)
		}
	}
	for _, c := range s.calls {
		if slices.Contains(openers, c.name) && trusted[c.file] == "" {
			t.Errorf("%s calls %s, want inputfile's, which waits for no pipe", c.file, c.name)
		}
	}
}
