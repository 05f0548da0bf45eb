package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/resnetgen/resnetgen/spec"
)

// hostile is a name that would clear a terminal, forge a line, and read backwards.
const hostile = "a\x1b[2J\x9b31m\u009b\r\nresnetgen: done\x07\t\x7f\u202egnp.\u2066\u200f\u2028\xff"

// TestHostileNames runs every command with hostile names of files, folders, keys and values.
func TestHostileNames(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	dir := filepath.Join(t.TempDir(), hostile)
	right, wrong := filepath.Join(dir, "net.yaml"), filepath.Join(dir, hostile+".yaml")
	for path, text := range map[string][]byte{
		right: spec.Template(), filepath.Join(dir, "go.mod"): []byte("module example.com/m\n"),
		wrong: []byte("name: \"a\\e[2J\\n\u202e\"\n\"\\e\u2066\": [\"\\a\u202e\"]\nunits: \u202e\n"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	absent := filepath.Join(dir, "none"+hostile)
	lines := map[string][][]string{
		"generate": {{right, "-o", filepath.Join(dir, "net")}, {wrong}, {right, "-o", filepath.Join(wrong, "x")}, {right, "--licence", hostile}, {right, "--with", hostile}},
		"check":    {{right, "-o", filepath.Join(dir, "other")}, {wrong}},
		"info":     {{right}, {wrong}, {absent}, {"zoo:" + hostile}},
		"init":     {{"x", "-o", filepath.Join(dir, "new.yaml")}, {"x", "-o", right}, {"--from", hostile}, {"-o", filepath.Join(absent, "x.yaml")}},
		"dump":     {{"--pass", "spec", right}, {"--pass", hostile, right}, {"--pass", "plan", wrong}},
		"graph":    {{right}, {right, "-o", filepath.Join(dir, hostile+".svg")}, {right, "-o", filepath.Join(absent, "x.svg")}, {right, "-o", hostile}, {right, "--format", hostile}, {wrong}},
		"schema":   {{}}, "cpu": {{}, {"--json"}}, "zoo": {{}, {"resnet20"}}, "version": {{}}, "help": {{"info"}},
		"completion bash": {{}}, "completion zsh": {{}}, "completion fish": {{}}, "completion powershell": {{}},
	}
	for _, name := range leaves(rootCommand(io.Discard, io.Discard)) {
		if lines[name] == nil {
			t.Errorf("%s: got no command line for it, want one", name)
		}
		for i, line := range append(lines[name], []string{hostile}, []string{"--" + hostile}, []string{"--help"}) {
			var out, errOut bytes.Buffer
			code := run(append(strings.Fields(name), line...), strings.NewReader(""), &out, &errOut)
			if i == 0 && code == exitWrong {
				t.Errorf("%s: got exit code %d, want a command that does something:\n%s", name, code, errOut.String())
			}
			harmless(t, name, out.String())
			harmless(t, name, errOut.String())
		}
	}
}

// leaves lists the commands that do something.
func leaves(c *cobra.Command) (names []string) {
	for _, sub := range c.Commands() {
		if sub.HasSubCommands() {
			names = append(names, leaves(sub)...)
		} else {
			names = append(names, strings.TrimPrefix(sub.CommandPath(), "resnetgen "))
		}
	}
	return names
}

// harmless fails where a text would act on a terminal, or where a hostile name begins a line.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: got %q, want UTF-8", what, text)
	}
	for _, r := range text {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
			t.Errorf("%s: got %U in %q", what, r, text)
			return
		}
	}
	if strings.Contains("\n"+text, "\nresnetgen: done") {
		t.Errorf("%s: got a line of a name in\n%s", what, text)
	}
}
