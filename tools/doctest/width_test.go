package doctest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/resnetgen/resnetgen/tools/packaging"
)

// How many columns a comment has at most: one on lines of its own in Go, and any other with the
// code that it stands behind. A tab is four.
const (
	commentColumns = 100
	lineColumns    = 140
)

// TestCommentWidth holds comments to their columns. Equations and code in comments are free up to
// lineColumns, and so is what an example prints.
func TestCommentWidth(t *testing.T) {
	files, err := packaging.Files("../..")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, path := range files {
		source := strings.HasSuffix(path, ".go") || strings.HasSuffix(path, ".s")
		if !source || strings.Contains(path, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(text), "// Code generated") {
			continue
		}
		for _, wide := range wideComments(string(text), strings.HasSuffix(path, ".go")) {
			t.Errorf("%s:%s", path, wide)
		}
		read++
	}
	if read < 500 {
		t.Errorf("got %d files, want more: are they found?", read)
	}
}

// wideComments lists the lines of a source whose comments are too wide.
func wideComments(source string, isGo bool) (wide []string) {
	printed := false // what follows is an example's output
	for i, line := range strings.Split(source, "\n") {
		comment := strings.Index(line, "// ")
		code := strings.TrimSpace(line)
		if !strings.HasPrefix(code, "//") {
			printed = false
		}
		if code == "// Output:" {
			printed = true
		}
		most := lineColumns
		if isGo && strings.HasPrefix(code, "// ") && !strings.HasPrefix(code, "//  ") {
			most = commentColumns
		}
		columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    "))
		if comment >= 0 && !printed && columns > most && !strings.Contains(line[:comment], `"`) {
			wide = append(wide, fmt.Sprintf("%d: got a comment up to column %d, want %d", i+1, columns, most))
		}
	}
	return wide
}

func TestWideComments(t *testing.T) {
	long := strings.Repeat("x", 120)
	source := "package a\n\n// " + long + "\nvar a = 1 // " + long + "\nvar b = 1234567890 // " + long +
		"\nvar s = \"// " + long + long + "\"\n\n//\t" + long + "\n\t// Output:\n\t// " + long + long + "\n"
	got := wideComments(source, true)
	want := []string{"3: got a comment up to column 123, want 100", "5: got a comment up to column 142, want 140"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
