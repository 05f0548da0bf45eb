package doctest

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocuments holds the project's documents to what is there.
func TestDocuments(t *testing.T) {
	if _, err := os.Stat("../../generated"); os.IsNotExist(err) {
		t.Skip("generated/ has been deleted: the documents show what is in it")
	}
	c, err := Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	links, spans := 0, 0
	for _, d := range c.Documents {
		links, spans = links+len(d.Links), spans+len(d.Spans)
		for _, problem := range c.Problems(d) {
			t.Error(problem)
		}
	}
	if links < 40 || spans < 500 {
		t.Errorf("got %d links and %d code spans in %d documents, want more: are they read?", links, spans, len(c.Documents))
	}
}

// TestReadmeCommands holds the README's promise: from an empty folder to a prediction in seven
// commands.
func TestReadmeCommands(t *testing.T) {
	c, err := Read("../..")
	if err != nil {
		t.Fatal(err)
	}
	readme := c.Documents["README.md"]
	commands, predicts := 0, false
	for _, step := range readme.Steps {
		if step.Module && !step.Setup && !predicts {
			commands += step.Commands()
			predicts = strings.Contains(step.Text, " predict ")
		}
	}
	if commands < 3 || commands > 7 || !predicts {
		t.Errorf("got %d commands in the README's module, a prediction: %v, want at most 7 up to one", commands, predicts)
	}
}

func TestProblems(t *testing.T) {
	d := parsed(t, "docs/a.md", strings.Join([]string{
		"# A heading, with `code` & more",
		"[a](b.md) [b](#a-heading-with-code--more) [c](../asm/f32/x.go) [d](https://example.com/x) [e](b.md#second) [f](.)",
		"![g](none.png) [h](#none) [i](b.md#none) [j](../../x)",
		"",
		"`TestOne` `TestNone` `make test X=1` `make none` `asm/f32/x.go` `asm/f32` `asm/*/x.go` `asm/none.go` `other/none.go` `N/A`",
		"",
		"| a | `asm/none/` |",
		"| --- | --- |",
		"| b | `asm/...` |",
	}, "\n"))
	other := parsed(t, "docs/b.md", "# First\n\n## Second\n\n## Second\n")
	c := &Checkout{
		Files: []string{"docs/a.md", "docs/b.md", "asm/f32/x.go"}, Documents: map[string]*Document{d.Path: d, other.Path: other},
		Tests: map[string]bool{"TestOne": true}, Targets: map[string]bool{"test": true},
	}
	want := []string{
		"docs/a.md:2: none.png: got no such file, want one that is there",
		"docs/a.md:2: #none: got no such heading, want one that is there",
		"docs/a.md:2: b.md#none: got no such heading, want one that is there",
		"docs/a.md:2: ../../x: got no such file, want one that is there",
		"docs/a.md:5: TestNone: got no such test, want one that is there",
		"docs/a.md:5: make none: got no such target, want one that is there",
		"docs/a.md:5: asm/none.go: got no such path, want one that is there",
		"docs/a.md:7: asm/none/: got no such path, want one that is there",
	}
	if diff := cmp.Diff(want, c.Problems(d)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if !other.Anchors["second"] || !other.Anchors["second-1"] {
		t.Errorf("anchors: got %v, want second and second-1", other.Anchors)
	}
}

func parsed(t *testing.T, path, source string) *Document {
	t.Helper()
	d, err := Parse(path, []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
