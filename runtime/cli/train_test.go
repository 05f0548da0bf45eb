package cli

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// TestScheduleFlags holds what a run takes from the flags instead of its recipe.
func TestScheduleFlags(t *testing.T) {
	folder := data(t, 8, 3)
	for want, flags := range map[string][]string{
		`{"schedule":"constant","value":0.05}`:                                  nil,
		`{"schedule":"constant","value":0.2}`:                                   {"--learning-rate", "0.2"},
		`{"schedule":"constant","value":0.05,"warmup":0.5}`:                     {"--warmup", "0.5"},
		`{"schedule":"cosine","start":0.2,"warmup":0.1}`:                        {"--schedule", "cosine", "--learning-rate", "0.2", "--warmup", "0.1"},
		`{"schedule":"one-cycle","peak":0.2}`:                                   {"--schedule", "one-cycle", "--learning-rate", "0.2"},
		`{"schedule":"piecewise","boundaries":[1,3],"values":[0.1,0.01,0.001]}`: {"--schedule", "piecewise", "--boundaries", "1,3", "--values", "0.1,0.01,0.001"},
	} {
		out := filepath.Join(t.TempDir(), "run")
		run(t, done, append([]string{"train", "--data", folder, "--epochs", "2", "--out", out}, flags...)...)
		text, err := os.ReadFile(filepath.Join(out, "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(string(text)), ""); !strings.Contains(got, `"learning_rate":`+want) {
			t.Errorf("%v: got %s, want learning rate %s", flags, got, want)
		}
	}
}

// TestScheduleMisuse holds what is said of flags that make no schedule.
func TestScheduleMisuse(t *testing.T) {
	folder := data(t, 8, 3)
	for want, flags := range map[string][]string{
		`--schedule: got "fast", want piecewise, constant`:               {"--schedule", "fast"},
		"--learning-rate: got nothing, want the learning rate":           {"--schedule", "cosine"},
		"--learning-rate: got -1, want 0 or more":                        {"--learning-rate", "-1"},
		"--learning-rate: got NaN, want 0 or more":                       {"--learning-rate", "NaN"},
		"--learning-rate: got 1e+30, want 0 or more and less than 1e+30": {"--learning-rate", "1e30"},
		"--learning-rate: got it with --schedule piecewise":              {"--schedule", "piecewise", "--learning-rate", "1"},
		"got 0 boundaries and 0 values":                                  {"--schedule", "piecewise"},
		"boundaries[1]: got 2, want more than 2":                         {"--schedule", "piecewise", "--boundaries", "2,2", "--values", "1,2,3"},
		"--boundaries: got it without --schedule piecewise":              {"--boundaries", "2"},
		"--values: got it without --schedule piecewise":                  {"--schedule", "cosine", "--learning-rate", "1", "--values", "2"},
		"warmup: got 1, want 0 or more, and less than 1":                 {"--warmup", "1"},
	} {
		args := append([]string{"train", "--data", folder, "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run")}, flags...)
		if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", flags, errOut, want)
		}
	}
}

// TestFineTune starts from a run's folder, and says what of it cannot be used.
func TestFineTune(t *testing.T) {
	folder, first := data(t, 8, 3), filepath.Join(t.TempDir(), "first")
	run(t, done, "train", "--data", folder, "--epochs", "1", "--out", first)
	_, errOut := run(t, done, "train", "--data", folder, "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run"), "--init", first)
	if errOut = withoutNote(errOut); errOut != "" {
		t.Errorf("got %q, want nothing", errOut)
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := store.Write(other, &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "unit_last/moving_mean", Shape: []int{1}, Float32: []float32{7}},
		{Name: "logit/DW", Shape: []int{12, 5}, Float32: make([]float32, 60)},
		{Name: "logit/biases", Shape: []int{5}, Float32: make([]float32, 5)},
	}}); err != nil {
		t.Fatal(err)
	}
	_, errOut = run(t, done, "train", "--data", folder, "--epochs", "1", "--out", filepath.Join(t.TempDir(), "run"), "--init", other)
	for _, want := range []string{"logit/DW is initialized: the checkpoint has none of shape [12 3]", "logit/biases is initialized"} {
		if !strings.Contains(errOut, want) {
			t.Errorf("got %q, want %q in it", errOut, want)
		}
	}
}

// TestNoNumbers holds the exit code of what comes to no number: 1, from the first step on.
func TestNoNumbers(t *testing.T) {
	folder, imageFile := data(t, 8, 3), filepath.Join(t.TempDir(), "image.png")
	drawColumn(t, imageFile, 3, 4, 0)
	net := fakenet.New(network.Options{})
	for i := range net.Variables()[0].Value {
		net.Variables()[0].Value[i] = float32(math.NaN())
	}
	path := filepath.Join(t.TempDir(), "diverged")
	if err := state.Save(path, net, 1, nil); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"step 1: got a loss of NaN, want a finite number":                                         {"train", "--data", folder, "--epochs", "1", "--init", path, "--out", filepath.Join(t.TempDir(), "run")},
		"got a loss of NaN on the test set, want a finite number":                                 {"eval", "--data", folder, "--checkpoint", path, "--json"},
		"variable logit/DW: got NaN at element 0, want finite numbers: the training has diverged": {"predict", "--checkpoint", path, "--json", imageFile},
	} {
		out, errOut := run(t, failed, args...)
		if !strings.Contains(errOut, want) || strings.Contains(out, "{") {
			t.Errorf("%s: got %q, %q, want %q", args[0], out, errOut, want)
		}
	}
}

// TestProgressLines holds what a log gets of a training that takes long.
func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	l := newProgress(&out, "test").(*progressLines)
	l.Start(2, 40, 10)
	l.Step(3, network.Metrics{Images: 4}, 0.1, time.Second)
	l.last = l.last.Add(-lineInterval)
	l.Step(4, network.Metrics{Images: 4, Correct: 1, Loss: 0.5}, 0.1, time.Second)
	l.Evaluated(10, 1, network.Metrics{Images: 4, Correct: 3, CrossEntropy: 0.25}, true)
	l.Stop()
	const want = `resuming after step 2 of 40
step 4 of 40: loss 0.5000, accuracy 0.250, learning rate 0.1, 4 images/s
epoch 1, step 10: test accuracy 75.00 %, cross entropy 0.2500, the best so far
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// TestBar holds that a bar ends, both of a training that is done and of one that is stopped.
func TestBar(t *testing.T) {
	for _, last := range []int{3, 2} {
		b := &bar{out: &bytes.Buffer{}}
		b.Start(1, 3, 2)
		for step := 2; step <= last; step++ {
			b.Step(step, network.Metrics{Images: 4, Correct: 2, Loss: 0.5}, 0.1, time.Second)
		}
		if got := *b.text.Load(); !strings.Contains(got, "loss 0.500  accuracy 0.500  learning rate 0.1  4 images/s") {
			t.Errorf("got text %q", got)
		}
		b.Evaluated(last, 1, network.Metrics{Images: 4}, false)
		b.Stop()
	}
}
