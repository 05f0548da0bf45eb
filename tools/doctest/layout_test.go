package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLayout holds the documents to their columns, the README to its lines, and pages of docs/ to
// begin with their command. Benchmarks write bench/results.
func TestLayout(t *testing.T) {
	c, err := Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	for path := range c.Documents {
		if strings.HasPrefix(path, "bench/results/") {
			continue
		}
		source, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range LayoutProblems(path, string(source)) {
			t.Error(problem)
		}
		if strings.HasPrefix(path, "docs/") && !StartsWithCommand(string(source)) {
			t.Errorf("%s: got no command before the second heading, want the one for the page's task", path)
		}
	}
}

func TestLayoutProblems(t *testing.T) {
	word := strings.Repeat("x", 60)
	wide := word + " " + word
	source := strings.Join([]string{
		"# " + wide,
		word + word, // one word
		"é" + word + " " + strings.Repeat("é", 38),
		"| " + wide + " |",
		"<!-- setup " + wide,
		wide + " -->",
		"```",
		wide,
		"```",
		"- " + wide,
	}, "\n")
	want := []string{"a.md:1: got 123 columns, want at most 100", "a.md:10: got 123 columns, want at most 100"}
	if diff := cmp.Diff(want, LayoutProblems("a.md", source)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if got := LayoutProblems("README.md", strings.Repeat("a\n", 200)); got != nil {
		t.Errorf("200 lines: got %v, want nothing", got)
	}
	want = []string{"README.md: got 201 lines, want at most 200"}
	if diff := cmp.Diff(want, LayoutProblems("README.md", strings.Repeat("a\n", 201))); diff != "" {
		t.Errorf("201 lines (-want +got):\n%s", diff)
	}
}

func TestStartsWithCommand(t *testing.T) {
	for source, want := range map[string]bool{
		"# A\n\n<!-- run -->\n```\nx\n```\n\n## B\n": true,
		"# A\n\ntext\n\n## B\n\n```\nx\n```\n":       false,
		"# A\n":                                      false,
	} {
		if got := StartsWithCommand(source); got != want {
			t.Errorf("%q: got %v, want %v", source, got, want)
		}
	}
}
