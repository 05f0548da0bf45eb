package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// TestLabels holds that the classes of a network that was trained on a folder of one's own keep the folder's names, wherever its
// variables go, and that another folder of such classes is numbered by these.
func TestLabels(t *testing.T) {
	trees := photosOf(t, 10, "ash", "birch", "cedar")
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run(t, done, "train", "--data", trees, "--epochs", "9", "--out", path("run"))
	run(t, done, "export", "--format", "safetensors", "--checkpoint", path("run"), "--out", path("exported"))
	run(t, done, "import", path("exported"), "--out", path("imported"))
	for _, from := range []string{path("run"), path("exported"), path("imported")} {
		out, _ := run(t, done, "predict", "--checkpoint", from, "--format", "csv", "--top", "1", filepath.Join(trees, "birch", "3.png"))
		if !strings.Contains(out, "birch") {
			t.Errorf("%s: got\n%s\nwant birch", from, out)
		}
	}
	if err := os.RemoveAll(filepath.Join(trees, "ash")); err != nil {
		t.Fatal(err)
	}
	if out, _ := run(t, done, "eval", "--data", trees, "--checkpoint", path("run")); !strings.Contains(out, "precision 100.00 % of 2 images") {
		t.Errorf("without a class: got %q, want both images right", out)
	}
	others := photosOf(t, 10, "birch", "oak")
	const want = `got class "oak", want one of the network's: ash, birch, cedar`
	if _, errOut := run(t, misused, "eval", "--data", others, "--checkpoint", path("run")); !strings.Contains(errOut, want) {
		t.Errorf("another class: got %q, want %q in it", errOut, want)
	}
}

// TestForeignLabels holds that what another program calls labels does not keep its variables from being taken, and that a
// checkpoint with labels that are none is refused.
func TestForeignLabels(t *testing.T) {
	dir := t.TempDir()
	own, foreign, imported := filepath.Join(dir, "own"), filepath.Join(dir, "foreign"), filepath.Join(dir, "imported")
	run(t, done, "init", "--out", own)
	change(t, own, foreign, checkpoint.LabelsKey, "a,b")
	const what = `labels: got "a,b", want a JSON array of names`
	if _, errOut := run(t, done, "import", foreign, "--out", imported); !strings.Contains(errOut, what) {
		t.Errorf("import: got %q, want %q in it", errOut, what)
	}
	picture := filepath.Join(dir, "picture.png")
	drawColumn(t, picture, 3, 4, 0)
	run(t, done, "predict", "--checkpoint", imported, picture)
	for _, command := range [][]string{
		{"predict", picture}, {"eval", "--data", data(t, 9, 3)}, {"export", "--format", "safetensors", "--out", filepath.Join(dir, "out")},
	} {
		if _, errOut := run(t, misused, append(command, "--checkpoint", foreign)...); !strings.Contains(errOut, what) {
			t.Errorf("%s: got %q, want %q in it", command[0], errOut, what)
		}
	}
}
