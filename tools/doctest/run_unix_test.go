//go:build unix

package doctest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	p := &Place{Dir: t.TempDir(), Env: append(os.Environ(), "NAME=there")}
	for _, step := range []Step{
		{File: "a/b.txt", Text: "in b\n", Limit: time.Minute},
		{Text: "cat a/b.txt\necho $NAME >&2\n", Prints: []string{"in b", "there"}, Limit: time.Minute},
		{Text: "echo ready; sleep 60", Prints: []string{"ready"}, Background: true, Limit: time.Minute},
	} {
		if err := p.Run(t.Context(), &step); err != nil {
			t.Error(err)
		}
	}
	if got, err := os.ReadFile(filepath.Join(p.Dir, "a", "b.txt")); err != nil || string(got) != "in b\n" {
		t.Errorf("got %q, %v, want the file", got, err)
	}
}

func TestRunFails(t *testing.T) {
	p := &Place{Dir: t.TempDir(), Env: os.Environ()}
	for text, want := range map[string]string{
		"echo here; false\necho on": "line 7: got the end (exit status 1), want success",
		"echo $NOT_THERE":           "line 7: got the end",
		"echo other":                `line 7: got no "wanted", want it in the output`,
		"sleep 60":                  "line 7: got no end, or not what it prints, in 300ms",
	} {
		err := p.Run(t.Context(), &Step{Line: 7, Text: text, Prints: []string{"wanted"}, Limit: 300 * time.Millisecond})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got error %v, want %s…", text, err, want)
		}
	}
	if err := p.Run(t.Context(), &Step{Text: "echo other", Prints: []string{"wanted"}, Background: true, Limit: time.Minute}); err == nil || !strings.Contains(err.Error(), "in the background no end") {
		t.Errorf("got error %v of a server that ends, want one", err)
	}
	err := p.Run(t.Context(), &Step{Text: "cat a\n", Limit: time.Minute})
	if err == nil || !strings.Contains(err.Error(), "printed:\ncat: a: No such file") {
		t.Errorf("got error %v, want what was printed", err)
	}
}
