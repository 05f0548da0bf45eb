package doctest

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Step is a block of a document that a test runs or writes.
type Step struct {
	Line       int           // of the marker, from 1
	Module     bool          // in the empty module instead of the copy of the checkout
	Setup      bool          // a reader does not see it
	File       string        // the path that Text is written to; "": Text is a shell script
	Text       string        // the block
	Background bool          // goes on while the blocks behind it run
	Limit      time.Duration // for a script, or for what one in the background prints
	Prints     []string      // what is in its output
}

const limit = 5 * time.Minute // unless a marker says otherwise

// comment reads a comment: a marker, or a note to whoever edits the document.
func (r *reader) comment(html string) error {
	inner, ok := strings.CutPrefix(strings.TrimSpace(html), "<!--")
	if !ok {
		return nil
	}
	inner, _, _ = strings.Cut(inner, "-->")
	words := strings.Fields(inner)
	if len(words) == 0 {
		return nil
	}
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(inner), words[0]))
	switch words[0] {
	case "run", "write":
		return r.marker(words)
	case "setup":
		rest, module := strings.CutPrefix(rest, "module ")
		if rest == "" {
			return r.wrong("setup without a command", "one")
		}
		r.Steps = append(r.Steps, Step{Line: r.line, Module: module, Setup: true, Text: rest + "\n", Limit: limit})
	case "prints":
		if rest == "" || len(r.Steps) == 0 || r.pending != nil || r.Steps[len(r.Steps)-1].File != "" {
			return r.wrong("prints "+rest, "a text, behind a block that is run")
		}
		last := &r.Steps[len(r.Steps)-1]
		last.Prints = append(last.Prints, rest)
	}
	return nil
}

// marker reads run and write, which are of the block behind them.
func (r *reader) marker(words []string) error {
	if r.pending != nil {
		return r.wrong("two markers for a block", "one")
	}
	step := Step{Line: r.line, Limit: limit}
	for _, word := range words[1:] {
		d, err := time.ParseDuration(word)
		switch {
		case word == "module":
			step.Module = true
		case words[0] == "write" && step.File == "" && filepath.IsLocal(word):
			step.File = word
		case words[0] == "run" && word == "background":
			step.Background = true
		case words[0] == "run" && err == nil && d > 0:
			step.Limit = d
		default:
			return r.wrong(words[0]+" … "+word, "module, background or a duration after run, module and a path after write")
		}
	}
	if (words[0] == "write") != (step.File != "") {
		return r.wrong("write without a path", "one")
	}
	r.pending = &step
	return nil
}

func (r *reader) wrong(got, want string) error {
	return fmt.Errorf("%s:%d: marker: got %s, want %s", r.Path, r.line, got, want)
}

// Commands counts the commands of a script: its lines that are no comments, those that go on with \
// once.
func (s *Step) Commands() (n int) {
	if s.File != "" {
		return 0
	}
	for line := range strings.Lines(strings.ReplaceAll(s.Text, "\\\n", "")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}
