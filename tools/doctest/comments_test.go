package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/tools/packaging"
)

// TestComments holds that every exported name of the module has a comment, in the packages that the
// compiler writes too.
func TestComments(t *testing.T) {
	files, err := packaging.Files("../..")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range files {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "/testdata/") {
			continue
		}
		source, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		names, err := Uncommented(path, source)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			t.Errorf("%s: got no comment, want one", name)
		}
		read++
	}
	if read < 200 {
		t.Errorf("got %d files, want more: are they found?", read)
	}
}

func TestUncommented(t *testing.T) {
	got, err := Uncommented("a.go", []byte(`package a

// F is.
func F() {}
func G() {}

type unexported struct{}

func (unexported) Method() {}

// T is.
type T[P any] struct{ Field int }

func (t *T[P]) Method() {}

//go:noinline
func (T[P]) private() {}

type I interface {
	// A is.
	A()
	B()
	c()
}

// A group's.
const (
	C = 1
	D = 2
)

var (
	V int // is
	W int
)
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a.go:5:6: G", "a.go:14:16: Method", "a.go:19:6: I", "a.go:22:2: B", "a.go:34:2: W"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if _, err := Uncommented("a.go", []byte("package")); err == nil {
		t.Error("no Go: got no error, want one")
	}
}
