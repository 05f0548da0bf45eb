//go:build tools

package tensorboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/tensorboard"
	"github.com/resnetgen/resnetgen/runtime/train"
)

// row is what the other reader says of a value.
type row struct {
	Step               int
	Tag, Kind          string
	Value              float64
	Size               []int
	PNG                []byte
	Min, Max, Num, Sum float64
	SumSquares         float64 `json:"sum_squares"`
	Limits, Buckets    []float64
}

// read reads a folder's event files with Google's own implementation of protocol buffers, in
// Python.
func read(t *testing.T, folder string) []row {
	t.Helper()
	generated := t.TempDir()
	command(t, "protoc", "--proto_path=testdata", "--python_out="+generated, "events.proto")
	out := command(t, "/usr/bin/python3", "testdata/read.py", generated, folder)
	var rows []row
	for d := json.NewDecoder(strings.NewReader(out)); d.More(); {
		var r row
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return rows
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	var errOut bytes.Buffer
	c.Stderr = &errOut
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s (tools/setup installs it): %v\n%s", name, err, errOut.String())
	}
	return string(out)
}

// scalars returns the numbers of a tag, and fails if a step has two.
func scalars(t *testing.T, rows []row, tag string) map[int]float64 {
	t.Helper()
	values := map[int]float64{}
	for _, r := range rows {
		if r.Tag != tag {
			continue
		}
		if _, twice := values[r.Step]; twice {
			t.Errorf("%s: got step %d twice", tag, r.Step)
		}
		values[r.Step] = r.Value
	}
	return values
}

// TestValidation holds that the numbers of a validation part have a folder of their own, and those
// of the test part at the end theirs.
func TestValidation(t *testing.T) {
	out := t.TempDir()
	o := options(t, out)
	o.Validation = 8
	result, err := train.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	measured := scalars(t, read(t, filepath.Join(out, "validation")), "Precision")
	if got := measured[result.Step]; len(measured) != 4 || math.Abs(got-result.Accuracy) > 1e-6 {
		t.Errorf("validation: got %v, want four evaluations, the last %g", measured, result.Accuracy)
	}
	tested := scalars(t, read(t, filepath.Join(out, "test")), "Precision")
	if got, ok := tested[result.TestStep]; len(tested) != 1 || !ok || math.Abs(got-result.Test) > 1e-6 {
		t.Errorf("test: got %v, want one of step %d, %g", tested, result.TestStep, result.Test)
	}
}

// TestRun stops a run within an epoch, as a kill leaves it, and goes on: the other reader has every
// step once, with the numbers that the run's CSV files have.
func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	o := options(t, out)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = &stopper{9, cancel}
	if _, err := train.Run(ctx, o); !errors.Is(err, train.ErrStopped) {
		t.Fatal(err)
	}
	if err := os.Remove(o.Out.Checkpoint(9)); err != nil { // as if it had been killed: it goes on from step 6
		t.Fatal(err)
	}
	o = options(t, out)
	o.Resume = true
	if _, err := train.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	curves, err := o.Out.Curves()
	if err != nil {
		t.Fatal(err)
	}
	rows, test := read(t, filepath.Join(out, "train")), read(t, filepath.Join(out, "test"))
	for _, c := range []struct {
		tag   string
		rows  []row
		steps []int
		want  []float64
	}{
		{"cost", rows, curves.Train.Steps, curves.Train.Loss},
		{"learning_rate", rows, curves.Train.Steps, curves.Train.LearningRate},
		{"Precision", rows, curves.Train.Steps, curves.Train.Accuracy},
		{"Precision", test, curves.Test.Steps, curves.Test.Accuracy},
		{"Best Precision", test, curves.Test.Steps, curves.Test.Best},
	} {
		got := scalars(t, c.rows, c.tag)
		if len(got) != len(c.steps) || len(got) < 4 {
			t.Errorf("%s: got %d steps, want %d", c.tag, len(got), len(c.steps))
		}
		for i, step := range c.steps {
			if want := float64(float32(c.want[i])); got[step] != want {
				t.Errorf("%s at step %d: got %g, want %g", c.tag, step, got[step], want)
			}
		}
	}
	checkImages(t, rows, o.Train)
	checkHistograms(t, rows, o.Net.Variables())
}

// checkImages wants the first three training images.
func checkImages(t *testing.T, rows []row, set *dataset.Set) {
	t.Helper()
	n := 0
	for _, r := range rows {
		if r.Kind != "image" {
			continue
		}
		img, err := png.Decode(bytes.NewReader(r.PNG))
		if err != nil {
			t.Fatal(err)
		}
		gray, _, _, _ := img.At(2, 1).RGBA()
		if want := set.Image(n)[fakenet.Width+2]; byte(gray>>8) != want || len(r.Size) != 3 || r.Size[0] != 4 || r.Size[1] != 3 || r.Size[2] != 1 {
			t.Errorf("%s: got size %v, pixel %d, want [4 3 1], %d", r.Tag, r.Size, gray>>8, want)
		}
		n++
	}
	if n != 3 {
		t.Errorf("got %d images, want 3", n)
	}
}

// checkHistograms wants one of each variable after each epoch, the last of the values that they
// have now.
func checkHistograms(t *testing.T, rows []row, variables []network.Variable) {
	t.Helper()
	last, count := map[string]row{}, 0
	for _, r := range rows {
		if r.Kind == "histo" {
			last[r.Tag] = r
			count++
		}
	}
	if count != 4*len(variables) {
		t.Errorf("got %d histograms, want one of each of %d variables after each of 4 epochs", count, len(variables))
	}
	for _, v := range variables {
		h, sum, squares, held := last[v.Name], 0.0, 0.0, 0.0
		least, most := math.Inf(1), math.Inf(-1)
		for _, x := range v.Value {
			sum += float64(x)
			squares += float64(x) * float64(x)
			least, most = min(least, float64(x)), max(most, float64(x))
		}
		for i, n := range h.Buckets {
			held += n
			if i > 0 && h.Limits[i] <= h.Limits[i-1] {
				t.Errorf("%s: got limits %v, want them to rise", v.Name, h.Limits)
			}
		}
		if h.Step != 24 || h.Num != float64(len(v.Value)) || held != h.Num || h.Min != least || h.Max != most ||
			math.Abs(h.Sum-sum) > 1e-12*squares+1e-12 || math.Abs(h.SumSquares-squares) > 1e-12*squares {
			t.Errorf("%s: got %+v, want %d values from %g to %g, sum %g, squares %g", v.Name, h, len(v.Value), least, most, sum, squares)
		}
	}
}

// TestBuckets holds that a value is counted in the bucket that it lies in: above the limit before,
// and below its own.
func TestBuckets(t *testing.T) {
	folder := t.TempDir()
	w, err := tensorboard.NewWriter(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := []float32{-3e20, -1, -1e-13, 0, 0, 1e-30, 0.25, 3e20, math.MaxFloat32}
	if err := w.Histogram(5, "v", values); err != nil {
		t.Fatal(err)
	}
	if err := w.Histogram(6, "v", []float32{1, float32(math.NaN())}); err == nil || !strings.Contains(err.Error(), "v[1]: got NaN, want a finite number") {
		t.Errorf("got error %v, want that of a value that is no number", err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	rows := read(t, folder)
	if len(rows) != 1 {
		t.Fatalf("got %d rows, want 1", len(rows))
	}
	h, before := rows[0], math.Inf(-1)
	for i, limit := range h.Limits {
		want := 0.0
		for _, v := range values {
			if x := float64(v); x >= before && x < limit {
				want++
			}
		}
		if h.Buckets[i] != want {
			t.Errorf("bucket from %g to %g: got %g values, want %g", before, limit, h.Buckets[i], want)
		}
		before = limit
	}
}

// TestCutShort holds that a reader has all but the event that a kill has cut.
func TestCutShort(t *testing.T) {
	folder := t.TempDir()
	w, err := tensorboard.NewWriter(folder, 0)
	if err != nil {
		t.Fatal(err)
	}
	for step := range 3 {
		if err := w.Scalar(step+1, "cost", float64(step)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("got files %v (%v), want one", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(files[0], info.Size()-5); err != nil {
		t.Fatal(err)
	}
	if got := scalars(t, read(t, folder), "cost"); len(got) != 2 || got[1] != 0 || got[2] != 1 {
		t.Errorf("got %v, want steps 1 and 2", got)
	}
}
