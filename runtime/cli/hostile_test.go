package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/tfcheckpoint"
)

// hostile is a name that would clear a terminal, forge a line of a log, read backwards, and be
// computed by a spreadsheet.
const hostile = "=HYPERLINK(1)\x1b[2J\x9b31m\u009b\u0085\r\nfakenet: done\x07\t\x7f\u202egnp.\u2066\u200f\u2028\xff"

// hostileClass is what a class's folder may be called.
const hostileClass = "=HYPERLINK(1)\u202egnp.\u2066\u200f\u2028fakenet: done"

// harmless fails where a text would act on a terminal, or where a hostile name begins a line.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: got %q, want UTF-8", what, text)
	}
	for _, r := range text {
		if r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: got %U in %q", what, r, text)
			return
		}
	}
	if strings.Contains("\n"+text, "\nfakenet: done") {
		t.Errorf("%s: got a line of a name in\n%s", what, text)
	}
}

// named makes a folder that has the hostile name.
func named(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	dir := filepath.Join(t.TempDir(), hostile)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// scene is a trained network all of whose names are hostile.
type scene struct {
	data, run, file    string // images in classes; a run; its checkpoint
	weights, batch, tf string // what step and import read
	dir                string // a place to write to
}

func newScene(t *testing.T) *scene {
	dir := named(t)
	s := &scene{data: filepath.Join(dir, "data"), run: filepath.Join(dir, hostile), dir: dir}
	if err := os.Rename(photosOf(t, 10, hostileClass, "+"+hostileClass, "-"+hostileClass), s.data); err != nil {
		t.Fatal(err)
	}
	out, errOut := run(t, done, "train", "--data", s.data, "--epochs", "2", "--out", s.run)
	harmless(t, "train", out+errOut)
	s.file = filepath.Join(s.run, "checkpoints", "step-6.safetensors")
	f, err := checkpoint.Read(s.file)
	if err != nil {
		t.Fatal(err)
	}
	f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: strings.ToValidUTF8(hostile, ""), Shape: []int{1}, Float32: []float32{1}})
	labels, err := json.Marshal([]string{hostile, "+" + hostile, "@" + hostile})
	if err != nil {
		t.Fatal(err)
	}
	f.Metadata[checkpoint.LabelsKey], f.Metadata["\x1b\u202e"] = string(labels), "\x1b\u202e"
	s.weights, s.batch, s.tf = filepath.Join(dir, "weights"), filepath.Join(dir, "batch"), filepath.Join(dir, "model.ckpt-6")
	if err := store.Write(s.weights, f); err != nil {
		t.Fatal(err)
	}
	if _, err := tfcheckpoint.Write(s.tf, f.Tensors, 1); err != nil {
		t.Fatal(err)
	}
	if err := store.Write(s.batch, &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "images", Shape: []int{1, 4, 3, 1}, Float32: make([]float32, 12)},
		{Name: "labels", Shape: []int{1}, Int64: []int64{2}},
		{Name: strings.ToValidUTF8(hostile, ""), Shape: []int{1}, Int64: []int64{2}},
	}}); err != nil {
		t.Fatal(err)
	}
	return s
}

// lines are command lines of each command.
func (s *scene) lines(t *testing.T) map[string][][]string {
	bad := filepath.Join(s.dir, "bad.png")
	if err := os.WriteFile(bad, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(s.dir, "out")
	return map[string][][]string{
		"info":    {{}, {"--json"}},
		"version": {{}},
		"init":    {{"--out", out}, {"--out", filepath.Join(s.file, hostile)}},
		"train": {
			{"--data", s.data, "--epochs", "3", "--out", s.run, "--resume"},
			{"--data", s.data, "--epochs", "3", "--out", s.run, "--resume", "--seed", "2"},
			{"--data", s.data, "--epochs", "1", "--out", filepath.Join(s.run, "json"), "--log", "json"},
			{"--data", s.data, "--epochs", "1", "--out", filepath.Join(s.run, "from"), "--init", s.weights},
		},
		"eval": {
			{"--data", s.data, "--checkpoint", s.run},
			{"--data", s.data, "--checkpoint", s.file, "--json"},
			{"--data", s.data, "--watch", s.run, "--once"},
			{"--data", s.data, "--watch", s.run, "--once", "--log", "json"},
			{"--data", s.data, "--checkpoint", s.run, "--validation"},
		},
		"predict": {
			{"--checkpoint", s.run, s.data, bad, filepath.Join(s.data, hostile)},
			{"--checkpoint", s.run, s.data, bad, "--format", "csv"},
			{"--checkpoint", s.run, s.data, bad, "--format", "json"},
			{"--checkpoint", s.weights, s.data},
			{"--checkpoint", s.weights, s.data, "--format", "csv"},
			{"--checkpoint", bad, s.data},
		},
		"step":       {{"--weights", s.file, "--batch", s.batch, "--out", out}, {"--weights", s.weights, "--batch", s.batch, "--out", out}, {"--weights", s.batch, "--batch", s.weights, "--out", out}},
		"bench":      {{"--steps", "1", "--batch", "1"}, {"--steps", "1", "--mode", "input", "--data", s.data}},
		"profile":    {{"--steps", "1"}},
		"runs":       {{s.dir}, {s.dir, "--json"}, {s.data}},
		"data fetch": {{"fashion-mini"}, {hostile}},
		"data check": {{s.data}, {s.data, "--json"}, {s.dir}, {s.file}},
		"export": {
			{"--checkpoint", s.run, "--format", "tf", "--out", filepath.Join(s.dir, "export.ckpt")},
			{"--checkpoint", s.run, "--format", "onnx", "--out", filepath.Join(s.dir, "export.onnx"), "--json"},
			{"--checkpoint", s.weights, "--format", "numpy", "--out", filepath.Join(s.dir, "export.npz")},
		},
		"import": {
			{s.tf, "--out", out, "--force"},
			{s.tf, "--out", out, "--force", "--json"},
			{s.weights, "--out", out, "--force"},
			{s.batch, "--out", out, "--force"},
		},
	}
}

// TestHostileNames runs every command with hostile names: in files, folders, classes, tensors and
// arguments.
func TestHostileNames(t *testing.T) {
	s := newScene(t)
	lines := s.lines(t)
	for _, name := range commandNames((&app{Program: program}).root()) {
		if lines[name] == nil {
			t.Errorf("%s: got no command line for it, want one", name)
		}
		words := strings.Fields(name)
		all := append([][]string{{hostile}, {"--" + hostile}, {"--help"}}, lines[name]...)
		for i, line := range all {
			var out, errOut bytes.Buffer
			code := Run(t.Context(), program, append(append([]string{}, words...), line...), &out, &errOut)
			what := strings.ToValidUTF8(strings.Map(shownOnly, strings.Join(append(words, line...), " ")), "")
			harmless(t, what, out.String())
			harmless(t, what, errOut.String())
			if i == 3 && code != done && code != failed {
				t.Errorf("%s: got exit code %d, want a command that does something:\n%s", what, code, errOut.String())
			}
			check(t, what, line, out.Bytes())
		}
	}
	harmlessFiles(t, s.run)
}

// commandNames lists the commands that do something.
func commandNames(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		if sub.HasSubCommands() {
			names = append(names, commandNames(sub)...)
		} else {
			names = append(names, strings.TrimPrefix(sub.CommandPath(), program.Info.Name+" "))
		}
	}
	return names
}

func shownOnly(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

// check reads what is for other programs: JSON has the names as they are, CSV no formulas.
func check(t *testing.T, what string, line []string, out []byte) {
	t.Helper()
	switch asked := strings.Join(line, " "); {
	case len(out) == 0:
	case strings.HasSuffix(asked, "json"):
		for d := json.NewDecoder(bytes.NewReader(out)); ; {
			var value any
			if err := d.Decode(&value); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: got %v, want JSON", what, err)
				break
			}
		}
		if strings.Contains(asked, "predict") && !bytes.Contains(out, []byte(`\u001b[2J`)) {
			t.Errorf("%s: got %s, want the names", what, out)
		}
	case strings.HasSuffix(asked, "csv"):
		rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
		if err != nil || len(rows) < 10 {
			t.Errorf("%s: got %d rows (%v), want some", what, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("%s: got the cell %q", what, cell)
				}
			}
		}
	}
}

// harmlessFiles looks at what a run writes for people.
func harmlessFiles(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"log.jsonl", "confusion.svg", "curves.svg", "train.csv", "eval.csv"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		harmless(t, name, string(content))
		if strings.HasSuffix(name, ".svg") {
			d := xml.NewDecoder(bytes.NewReader(content))
			for err = error(nil); err == nil; _, err = d.Token() {
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("%s: got %v, want XML", name, err)
			}
		}
	}
}
