package doctest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/commands.md")

// TestCommandPage holds docs/commands.md to the help of the compiler and of a trainer.
func TestCommandPage(t *testing.T) {
	if _, err := os.Stat("../../generated"); os.IsNotExist(err) {
		t.Skip("generated/ has been deleted: it has the trainer whose help the page shows")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "./cmd/resnetgen", "./generated/resnet20/cmd/resnet20")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	help := func(program string, words ...string) (string, error) {
		out, err := exec.Command(filepath.Join(bin, program), append(words, "--help")...).Output()
		if err != nil {
			return "", fmt.Errorf("%s %v --help: %w", program, words, err)
		}
		return string(out), nil
	}
	want, err := CommandPage(help, "resnetgen", "resnet20")
	if err != nil {
		t.Fatal(err)
	}
	const path = "../../docs/commands.md"
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("docs/commands.md is not the commands' help: run go generate ./tools/doctest (-want +got)\n%s", diff)
	}
}

func TestCommandPageWalksCommands(t *testing.T) {
	texts := map[string]string{
		"net":            "Net.\n\nAvailable Commands:\n  data  fetch | check\n  help  Help\n  run   runs\n",
		"net data":       "Data.\n\nAvailable Commands:\n  fetch  fetches\n",
		"net data fetch": "Fetch.\n",
		"net run":        "Run.\n",
	}
	help := func(program string, words ...string) (string, error) {
		text, ok := texts[strings.Join(append([]string{program}, words...), " ")]
		if !ok {
			return "", errors.New("no such command")
		}
		return text, nil
	}
	page, err := CommandPage(help, "net")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n## net\n", "| [`data`](#net-data) | fetch \\| check |", "\n### net data fetch\n\n```text\nFetch.\n```\n",
		"\n### net run\n\n```text\nRun.\n```\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("got\n%s\nwant %q in it", page, want)
		}
	}
	if strings.Contains(page, "Help") {
		t.Error("got cobra's own command help, want it left out")
	}
	delete(texts, "net run")
	if _, err := CommandPage(help, "net"); err == nil {
		t.Error("a command without help: got no error, want one")
	}
}
