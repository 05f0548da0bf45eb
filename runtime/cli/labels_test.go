package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
)

// TestLabels holds that the classes of a network that was trained on a folder of one's own keep the
// folder's names, wherever its variables go, and that another folder of such classes is numbered by
// these.
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
	_, errOut := run(t, done, "export", "--format", "tf", "--checkpoint", path("run"), "--out", path("tf"))
	if !strings.Contains(errOut, "no place for the names of the checkpoint's classes, which are not the spec's: ash, birch, cedar") {
		t.Errorf("tf: got %q, want the names that it has no place for", errOut)
	}
	if err := os.RemoveAll(filepath.Join(trees, "ash")); err != nil {
		t.Fatal(err)
	}
	if out, _ := run(t, done, "eval", "--data", trees, "--checkpoint", path("run")); !strings.Contains(out, "test accuracy 100.00 % of 20 images") {
		t.Errorf("without a class: got %q, want all images of the other folder right", out)
	}
	others := photosOf(t, 10, "birch", "oak")
	const want = `got class "oak", want one of the network's, or of all classes their numbers: ash, birch, cedar`
	if _, errOut = run(t, misused, "eval", "--data", others, "--checkpoint", path("run")); !strings.Contains(errOut, want) {
		t.Errorf("another class: got %q, want %q in it", errOut, want)
	}
}

// TestLabelsOfOtherClasses holds that a last layer that an import makes new takes no names of the
// classes that the one before was for, and that of a checkpoint of another network it is said that
// it is, not what its classes are.
func TestLabelsOfOtherClasses(t *testing.T) {
	dir := t.TempDir()
	other, imported, imageFile := filepath.Join(dir, "other"), filepath.Join(dir, "imported"), filepath.Join(dir, "image.png")
	f, err := checkpoint.Read(columns(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Tensors {
		if v := &f.Tensors[i]; strings.HasPrefix(v.Name, "logit/") {
			v.Shape[len(v.Shape)-1] = 2
			v.Float32 = v.Float32[:len(v.Float32)/3*2]
		}
	}
	f.Metadata = map[string]string{checkpoint.LabelsKey: `["ash","birch"]`}
	if err := store.Write(other, f); err != nil {
		t.Fatal(err)
	}
	drawColumn(t, imageFile, 3, 4, 0)
	run(t, done, "import", other, "--partial", "--out", imported)
	if out, _ := run(t, done, "predict", "--checkpoint", imported, imageFile); strings.Contains(out, "ash") || !strings.Contains(out, "left") {
		t.Errorf("got\n%s\nwant the spec's names", out)
	}
	change(t, other, other, checkpoint.LabelsKey, `["a","b","c","d"]`)
	for _, command := range [][]string{{"predict", imageFile}, {"eval", "--data", data(t, 9, 3)}} {
		if _, errOut := run(t, misused, append(command, "--checkpoint", other)...); !strings.Contains(errOut, "logit/DW: got float32 of shape [12 2]") {
			t.Errorf("%s: got %q, want the variables that differ", command[0], errOut)
		}
	}
}

// TestForeignLabels holds that what another program calls labels does not keep its variables from
// being taken, and that a checkpoint with labels that are none is refused.
func TestForeignLabels(t *testing.T) {
	dir := t.TempDir()
	own, foreign, imported := filepath.Join(dir, "own"), filepath.Join(dir, "foreign"), filepath.Join(dir, "imported")
	run(t, done, "init", "--out", own)
	change(t, own, foreign, checkpoint.LabelsKey, "a,b")
	const what = `labels: got "a,b", want a JSON array of names`
	if _, errOut := run(t, done, "import", foreign, "--out", imported); !strings.Contains(errOut, what) {
		t.Errorf("import: got %q, want %q in it", errOut, what)
	}
	change(t, own, own, checkpoint.LabelsKey, `["class 0","birch","class 2"]`) // as of a network with two classes in an ONNX model
	named := filepath.Join(dir, "named")
	run(t, done, "import", own, "--out", named)
	if f, err := checkpoint.Read(named); err != nil || f.Metadata[checkpoint.LabelsKey] != `["class 0","birch"]` {
		t.Errorf("import: got %+v (%v), want the classes up to the last with a name", f, err)
	}
	imageFile := filepath.Join(dir, "image.png")
	drawColumn(t, imageFile, 3, 4, 0)
	run(t, done, "predict", "--checkpoint", imported, imageFile)
	for _, command := range [][]string{
		{"predict", imageFile}, {"eval", "--data", data(t, 9, 3)}, {"export", "--format", "safetensors", "--out", filepath.Join(dir, "out")},
	} {
		if _, errOut := run(t, misused, append(command, "--checkpoint", foreign)...); !strings.Contains(errOut, what) {
			t.Errorf("%s: got %q, want %q in it", command[0], errOut, what)
		}
	}
}
