package doctest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSteps(t *testing.T) {
	d := parsed(t, "a.md", strings.Join([]string{
		"<!-- a note --> text",
		"<!-- setup mkdir -p x -->",
		"<!-- setup module cp a b -->",
		"<!-- run module 15m -->",
		"```",
		"one \\",
		"  more",
		"# none",
		"two",
		"```",
		"<!-- prints in all: 3 -->",
		"<!-- prints",
		"  done -->",
		"",
		"<!-- write module x/a.go -->",
		"",
		"```go",
		"package x",
		"```",
		"",
		"```",
		"not run",
		"```",
		"<!-- run background -->",
		"```",
		"server",
		"```",
	}, "\n"))
	want := []Step{
		{Line: 2, Setup: true, Text: "mkdir -p x\n", Limit: limit},
		{Line: 3, Module: true, Setup: true, Text: "cp a b\n", Limit: limit},
		{Line: 4, Module: true, Text: "one \\\n  more\n# none\ntwo\n", Limit: 15 * time.Minute, Prints: []string{"in all: 3", "done"}},
		{Line: 15, Module: true, File: "x/a.go", Text: "package x\n", Limit: limit},
		{Line: 24, Background: true, Text: "server\n", Limit: limit},
	}
	if diff := cmp.Diff(want, d.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	for i, want := range []int{1, 1, 2, 0, 1} {
		if got := d.Steps[i].Commands(); got != want {
			t.Errorf("step %d: got %d commands, want %d", i, got, want)
		}
	}
}

func TestWrongMarkers(t *testing.T) {
	const block = "\n```\nx\n```\n"
	for source, want := range map[string]string{
		"<!-- run -->\n":                                 "a.md:1: got a marker without a block behind it",
		"text\n\n<!-- run fast -->" + block:              "a.md:3: marker: got run … fast",
		"<!-- run -5m -->" + block:                       "a.md:1: marker: got run … -5m",
		"<!-- write -->" + block:                         "a.md:1: marker: got write without a path",
		"<!-- write ../x -->" + block:                    "a.md:1: marker: got write … ../x",
		"<!-- write /x -->" + block:                      "a.md:1: marker: got write … /x",
		"<!-- write a b -->" + block:                     "a.md:1: marker: got write … b",
		"<!-- setup -->" + block:                         "a.md:1: marker: got setup without",
		"<!-- prints x -->" + block:                      "a.md:1: marker: got prints x",
		"<!-- run -->" + block + "<!-- prints -->":       "a.md:5: marker: got prints",
		"<!-- write a -->" + block + "<!-- prints x -->": "a.md:5: marker: got prints x",
		"<!-- run -->\n\n<!-- run -->" + block:           "a.md:3: marker: got two markers",
	} {
		if _, err := Parse("a.md", []byte(source)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got error %v, want %s…", source, err, want)
		}
	}
}

// FuzzParse: no document makes the reader fail otherwise than with a place.
func FuzzParse(f *testing.F) {
	f.Add("# A\n\n<!-- run 5m -->\n```sh\nx\n```\n<!-- prints y -->\n")
	f.Add("<!--\nwrite module a\n-->\n\n    code\n\n| `a` |\n| --- |\n| [b](#c) |\n")
	f.Fuzz(func(t *testing.T, source string) {
		d, err := Parse("a.md", []byte(source))
		if err != nil && !strings.HasPrefix(err.Error(), "a.md:") {
			t.Errorf("got error %v, want a place", err)
		}
		if err == nil {
			for _, step := range d.Steps {
				if step.Limit <= 0 || step.Line < 1 || step.File == "" && step.Text == "" && step.Commands() > 0 {
					t.Errorf("got step %+v, want a limit and a line", step)
				}
			}
		}
	})
}
