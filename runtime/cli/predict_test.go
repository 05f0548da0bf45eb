package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// columns is a checkpoint whose logits are how bright an image's columns are.
func columns(t *testing.T) string {
	t.Helper()
	net, path := fakenet.New(network.Options{}), filepath.Join(t.TempDir(), "columns")
	for p := range fakenet.Height * fakenet.Width {
		net.Variables()[0].Value[p*fakenet.Classes+p%fakenet.Width] = 1
	}
	if err := state.Save(path, net, 7, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// album is a folder of images, one of them broken, with others of the name's kind below it.
func album(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "b", "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	drawColumn(t, filepath.Join(dir, "b", "c", "left.PNG"), 3, 4, 0)
	drawColumn(t, filepath.Join(dir, "b", "middle.png"), 30, 40, 1)
	drawColumn(t, filepath.Join(dir, "z.png"), 3, 4, 2)
	for name, content := range map[string]string{"a.jpg": "no image", "notes.txt": "not looked at"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestPredictFolder holds the order, that a bad image is named and the rest goes on, and the exit
// code.
func TestPredictFolder(t *testing.T) {
	dir, checkpoint := album(t), columns(t)
	out, errOut := run(t, failed, "predict", "--checkpoint", checkpoint, "--json", "--top", "1", dir)
	var got []prediction
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var lines []string
	for _, p := range got {
		name, err := filepath.Rel(dir, p.Image)
		if err != nil {
			t.Fatal(err)
		}
		class := "none"
		if len(p.Guesses) > 0 {
			class = p.Guesses[0].Class
		}
		lines = append(lines, name+" "+class)
	}
	if want := []string{"a.jpg none", "b/c/left.PNG left", "b/middle.png middle", "z.png right"}; !slices.Equal(lines, want) {
		t.Errorf("got %q, want %q", lines, want)
	}
	if !strings.Contains(errOut, "a.jpg: got no JPEG") || !strings.Contains(errOut, "got 1 of 4 images that cannot be read") {
		t.Errorf("got %q, want the bad image's name, and how many", errOut)
	}
	// Batches and the network's own do not show: more images than either give the same, one after
	// the other.
	many := slices.Repeat([]string{filepath.Join(dir, "z.png")}, 2*predictBatch+1)
	out, _ = run(t, done, append([]string{"predict", "--checkpoint", checkpoint, "--top", "1"}, many...)...)
	if n := strings.Count(out, "right\n"); n != len(many) {
		t.Errorf("got %d images that are right, want %d", n, len(many))
	}
}

// TestPredictCSV holds the table.
func TestPredictCSV(t *testing.T) {
	dir := album(t)
	out, _ := run(t, failed, "predict", "--checkpoint", columns(t), "--format", "csv", "--top", "2", dir)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1+1+3*2 || !slices.Equal(rows[0], []string{"image", "resized", "rank", "index", "class", "probability", "error"}) {
		t.Fatalf("got %q", rows)
	}
	if r := rows[1]; !strings.HasSuffix(r[0], "a.jpg") || r[4] != "" || !strings.Contains(r[6], "got no JPEG") {
		t.Errorf("got %q for the bad image", r)
	}
	if r := rows[4]; !strings.HasSuffix(r[0], "middle.png") || !slices.Equal(r[1:5], []string{"true", "1", "1", "middle"}) || r[6] != "" {
		t.Errorf("got %q for the middle", r)
	}
}

// TestPredictStandardInput reads an image that has no name.
func TestPredictStandardInput(t *testing.T) {
	path, checkpoint := filepath.Join(t.TempDir(), "p.png"), columns(t)
	drawColumn(t, path, 3, 4, 1)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	predict := func(in []byte) (string, error) {
		var out, errOut bytes.Buffer
		a := &app{Program: program, out: &out, errOut: &errOut}
		root := a.root()
		root.SetIn(bytes.NewReader(in))
		root.SetArgs([]string{"predict", "--checkpoint", checkpoint, "-"})
		err := root.ExecuteContext(t.Context())
		return out.String() + errOut.String(), err
	}
	if text, err := predict(content); err != nil || !strings.HasPrefix(text, "-\n") || !strings.Contains(strings.Split(text, "\n")[1], "middle") {
		t.Errorf("got %q, error %v", text, err)
	}
	var f failure
	if text, err := predict(content[:40]); !errors.As(err, &f) || !strings.Contains(text, "image -: got") {
		t.Errorf("half an image: got %q, error %v", text, err)
	}
}

// TestPredictNothing holds that a folder without a imageFile, and a file that is not there, are
// named.
func TestPredictNothing(t *testing.T) {
	empty := t.TempDir()
	_, errOut := run(t, failed, "predict", "--checkpoint", columns(t), empty, filepath.Join(empty, "absent.png"))
	for _, want := range []string{"folder " + empty + ": got no image in it", "absent.png: no such file", "got 2 of 2 images"} {
		if !strings.Contains(errOut, want) {
			t.Errorf("got %q, want %q in it", errOut, want)
		}
	}
}

// TestModel holds that calls of any number of images give what the network does, and what is wrong
// with others.
func TestModel(t *testing.T) {
	a := &app{Program: program}
	m, err := a.loadModel(columns(t))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Step != 7 {
		t.Errorf("got step %d, want 7", m.Step)
	}
	const n, pixels = 2*5 + 1, fakenet.Height * fakenet.Width
	images, logits := make([]float32, n*pixels), make([]float32, n*fakenet.Classes)
	for i := range n {
		for y := range fakenet.Height {
			images[i*pixels+y*fakenet.Width+i%3] = float32(i)
		}
	}
	if err := m.Logits(logits, images); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		want := make([]float32, 3)
		want[i%3] = float32(fakenet.Height * i)
		if got := logits[i*3:][:3]; !slices.Equal(got, want) {
			t.Errorf("image %d: got %v, want %v", i, got, want)
		}
	}
	var _ classify.Model = m
	for _, wrong := range [][2]int{{3, 11}, {2, 12}, {6, 12}} {
		if err := m.Logits(make([]float32, wrong[0]), make([]float32, wrong[1])); err == nil {
			t.Errorf("%v: got no error", wrong)
		}
	}
}
