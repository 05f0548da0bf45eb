package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/rng"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

var program = Program{
	Info: &fakenet.Info,
	Recipe: recipe.Recipe{
		Schedule: recipe.Schedule{Kind: "constant", Value: 0.05}, Augment: dataset.Augment{Pad: 0, Flip: "none"},
		Labels: []string{"left", "middle", "right"},
	},
	Infer: fakenet.Infer,
	New:   func(o network.Options) network.Network { return fakenet.New(o) },
}

// run runs a command and returns what it prints.
func run(t *testing.T, wantCode int, args ...string) (out, errOut string) {
	t.Helper()
	return runIn(t.Context(), t, wantCode, args...)
}

func runIn(ctx context.Context, t *testing.T, wantCode int, args ...string) (out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	if code := Run(ctx, program, args, &o, &e); code != wantCode {
		t.Fatalf("%s: got exit code %d, want %d\n%s%s", strings.Join(args, " "), code, wantCode, o.String(), e.String())
	}
	return o.String(), e.String()
}

// data makes a folder of IDX files: n training images, some test images, each brighter in its
// class's column.
func data(t *testing.T, n, classes int) string {
	t.Helper()
	dir := t.TempDir()
	stream := rng.New(1, "test images")
	write := func(name string, shape []byte, values []byte) {
		content := []byte{0, 0, 8, byte(len(shape))}
		for _, d := range shape {
			content = append(content, 0, 0, 0, d)
		}
		if err := os.WriteFile(filepath.Join(dir, name), append(content, values...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, count := range map[string]int{"train": n, "t10k": 9} {
		var images, labels []byte
		for i := range count {
			label := i % classes
			labels = append(labels, byte(label))
			for p := range fakenet.Height * fakenet.Width {
				v := stream.IntN(100)
				if p%fakenet.Width == label {
					v += 150
				}
				images = append(images, byte(v))
			}
		}
		write(prefix+"-images-idx3-ubyte", []byte{byte(count), fakenet.Height, fakenet.Width}, images)
		write(prefix+"-labels-idx1-ubyte", []byte{byte(count)}, labels)
	}
	return dir
}

// decode reads JSON that a command has printed.
func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return v
}

// keys fails unless a JSON object has each of the keys.
func keys(t *testing.T, v map[string]any, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, ok := v[name]; !ok {
			t.Errorf("got no %q in %v", name, v)
		}
	}
}

func TestInfo(t *testing.T) {
	out, _ := run(t, done, "info")
	for _, want := range []string{"logit", "fully connected", "parameters", "39", "arena", "kernel", "logit/logits  5×1×1×3", "planned peak 60 bytes (60 B), lower bound 60 bytes"} {
		if want != "kernel" && !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
	v := decode(t, first(run(t, done, "info", "--json")))
	keys(t, v, "name", "parameters", "macs", "arena_bytes", "scratch_bytes", "optimizer", "layers", "variables", "cpu", "kernels", "planned_peak_bytes", "lower_bound_bytes", "buffers")
	variable := v["variables"].([]any)[0].(map[string]any)
	keys(t, variable, "name", "shape", "trainable")
}

func first(a, _ string) string { return a }

// TestTrainEvalPredict goes the way of a user.
func TestTrainEvalPredict(t *testing.T) {
	folder, runDir := data(t, 31, 3), filepath.Join(t.TempDir(), "run")
	out, _ := run(t, done, "train", "--data", folder, "--epochs", "8", "--out", runDir, "--seed", "5")
	if !strings.Contains(out, "epoch 8, step 56: test accuracy") || !strings.Contains(out, "checkpoint "+runDir) {
		t.Errorf("got\n%s\nwant a line an epoch, and the checkpoint", out)
	}
	v := decode(t, first(run(t, done, "eval", "--data", folder, "--checkpoint", runDir, "--json")))
	keys(t, v, "accuracy", "precision", "xent", "loss", "images")
	if v["accuracy"].(float64) < 0.9 || v["precision"] != v["accuracy"] || v["images"].(float64) != 9 {
		t.Errorf("got %v, want an accuracy of 0.9 or more of 9 images", v)
	}
	file := filepath.Join(runDir, "checkpoints", "step-56.safetensors")
	if out, _ := run(t, done, "eval", "--data", folder, "--checkpoint", file); !strings.Contains(out, "of 9 images") {
		t.Errorf("got %q", out)
	}

	imageFile := filepath.Join(t.TempDir(), "right.png")
	drawColumn(t, imageFile, 12, 16, 2)
	out, _ = run(t, done, "predict", "--checkpoint", runDir, imageFile)
	if !strings.Contains(out, "resized to 3×4") || !strings.Contains(strings.SplitN(out, "\n", 3)[1], "right") {
		t.Errorf("got\n%s\nwant class right first", out)
	}
	var predictions []prediction
	if err := json.Unmarshal([]byte(first(run(t, done, "predict", "--checkpoint", runDir, "--json", "--top", "2", imageFile))), &predictions); err != nil {
		t.Fatal(err)
	}
	if g := predictions[0].Guesses; len(g) != 2 || g[0].Class != "right" || g[0].Probability < g[1].Probability {
		t.Errorf("got %+v", predictions)
	}
}

// drawColumn writes an image that is bright in one of three columns.
func drawColumn(t *testing.T, path string, width, height, column int) {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width / 3 {
			m.SetGray(x+column*width/3, y, color.Gray{Y: 250})
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestStopAndResume stops a training at once, and goes on.
func TestStopAndResume(t *testing.T) {
	folder, runDir := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	said, _ := runIn(ctx, t, stopped, "train", "--data", folder, "--epochs", "2", "--out", runDir)
	if !strings.Contains(said, "stopped after step 0; the same command with --resume continues") {
		t.Errorf("got %q", said)
	}
	out, _ := run(t, done, "train", "--data", folder, "--epochs", "2", "--out", runDir, "--resume")
	if !strings.Contains(out, "epoch 2") {
		t.Errorf("got %q", out)
	}
}

// TestInit holds that a checkpoint of first values depends on the seed, and is one to start from.
func TestInit(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run(t, done, "init", "--seed", "1", "--out", path("a"))
	run(t, done, "init", "--seed", "1", "--out", path("b"))
	run(t, done, "init", "--seed", "2", "--out", path("c"))
	read := func(name string) string {
		data, err := os.ReadFile(path(name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if read("a") != read("b") || read("a") == read("c") {
		t.Error("got checkpoints that do not depend on the seed alone")
	}
	run(t, done, "train", "--data", data(t, 8, 3), "--steps", "1", "--out", path("run"), "--init", path("a"))
}

// TestStep holds what step computes, on numbers that one can check by hand.
func TestStep(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	weights := &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "logit/DW", Shape: []int{12, 3}, Float32: make([]float32, 36)},
		{Name: "logit/biases", Shape: []int{3}, Float32: []float32{0, 0, 0}},
		{Name: "logit/biases/Momentum", Shape: []int{3}, Float32: []float32{1, 0, 0}},
		{Name: "unit_last/moving_mean", Shape: []int{1}, Float32: []float32{5}},
	}}
	batch := &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "images", Shape: []int{1, 4, 3, 1}, Float32: make([]float32, 12)},
		{Name: "labels", Shape: []int{1}, Int64: []int64{2}},
	}}
	for name, f := range map[string]*checkpoint.File{"weights": weights, "batch": batch} {
		if err := store.Write(path(name), f); err != nil {
			t.Fatal(err)
		}
	}
	run(t, done, "step", "--weights", path("weights"), "--batch", path("batch"), "--out", path("out"), "--lr", "0.5")
	f, err := checkpoint.Read(path("out"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]float64{
		"logits": {0, 0, 0}, "xent": {math.Log(3)}, "loss": {math.Log(3)},
		"grad/logit/biases":           {1. / 3, 1. / 3, -2. / 3},
		"after/logit/biases/Momentum": {0.9 + 1./3, 1. / 3, -2. / 3},
		"after/logit/biases":          {-0.5 * (0.9 + 1./3), -1. / 6, 1. / 3},
		"after/unit_last/moving_mean": {6},
	} {
		got := f.Find(name)
		if got == nil || len(got.Float32) != len(want) {
			t.Errorf("%s: got %v, want %g", name, got, want)
			continue
		}
		for i, w := range want {
			if math.Abs(float64(got.Float32[i])-w) > 1e-6 {
				t.Errorf("%s: got %g, want %g", name, got.Float32, want)
			}
		}
	}
	if got := f.Find("xent"); len(got.Shape) != 0 {
		t.Errorf("xent: got shape %v, want a scalar's", got.Shape)
	}
	run(t, done, "step", "--weights", path("weights"), "--batch", path("batch"), "--out", path("eval"), "--mode", "eval")
	if f, err = checkpoint.Read(path("eval")); err != nil || len(f.Tensors) != 3 {
		t.Errorf("evaluation: got %d tensors (%v), want logits, xent and loss", len(f.Tensors), err)
	}
}

func TestBenchAndProfile(t *testing.T) {
	v := decode(t, first(run(t, done, "bench", "--json", "--steps", "3", "--batch", "2")))
	keys(t, v, "images_per_second", "step_ms", "allocs_per_step", "arena_bytes", "peak_rss_bytes")
	keys(t, v["step_ms"].(map[string]any), "min", "median", "max")
	if v["peak_rss_bytes"].(float64) < 1<<20 {
		t.Errorf("got a peak of %v bytes, want more than a mebibyte", v["peak_rss_bytes"])
	}
	run(t, done, "bench", "--mode", "infer", "--steps", "2")
	v = decode(t, first(run(t, done, "bench", "--mode", "input", "--data", data(t, 31, 3), "--steps", "2", "--json")))
	keys(t, v["repeated_step_ms"].(map[string]any), "min", "median", "max")
	if ratio := v["over_repeated"].(float64); ratio <= 0 {
		t.Errorf("got a ratio of %v, want the steps' medians'", ratio)
	}
	v = decode(t, first(run(t, done, "profile", "--json", "--steps", "2")))
	phase := v["phases"].([]any)[0].(map[string]any)
	keys(t, v, "step_ms", "phases_ms", "share_of_step_in_phases", "bounds", "peak_gflops", "bandwidth_gb_per_second")
	keys(t, phase, "name", "pass", "ms", "share", "gflops", "share_of_peak", "bytes", "gb_per_second", "share_of_bandwidth", "bound")
	if v["phases_ms"].(float64) != 0.001 || v["step_ms"].(float64) <= 0 {
		t.Errorf("got phases of %v ms in a step of %v ms, want the network's 0.001 and some", v["phases_ms"], v["step_ms"])
	}
	if phase["ms"].(float64) != 0.001 {
		t.Errorf("got %v ms, want the 0.001 that the network says", phase["ms"])
	}
	out, _ := run(t, done, "profile")
	for _, want := range []string{"of peak", "of memory", "bound by compute", "\nphases 0.00 ms of a step of "} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%s\nwant %q in it", out, want)
		}
	}
}

// TestMisuse holds what is said of wrong input, with exit code 2.
func TestMisuse(t *testing.T) {
	dir, folder := t.TempDir(), data(t, 8, 3)
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name string, tensors ...checkpoint.Tensor) string {
		if err := store.Write(path(name), &checkpoint.File{Tensors: tensors}); err != nil {
			t.Fatal(err)
		}
		return path(name)
	}
	images := func(n, h int) checkpoint.Tensor {
		return checkpoint.Tensor{Name: "images", Shape: []int{n, h, 3, 1}, Float32: make([]float32, n*h*3)}
	}
	labels := func(values ...int64) checkpoint.Tensor {
		return checkpoint.Tensor{Name: "labels", Shape: []int{len(values)}, Int64: values}
	}
	run(t, done, "init", "--out", path("weights"))
	step := func(batch string) []string {
		return []string{"step", "--weights", path("weights"), "--out", path("out"), "--batch", batch}
	}
	text := path("text.png")
	if err := os.WriteFile(text, []byte("no image"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"unknown command":                         {"fly"},
		"unknown flag":                            {"train", "--fast"},
		"--epochs: got nothing":                   {"train", "--data", folder},
		"--epochs: got 0, want 1":                 {"train", "--data", folder, "--epochs", "0"},
		"--steps: got -1":                         {"train", "--data", folder, "--steps", "-1"},
		"--resume: got no --out":                  {"train", "--data", folder, "--epochs", "1", "--resume"},
		"got images of 28×28×1, want 4×3×1":       {"train", "--data", "fashion-mini", "--epochs", "1"},
		"got labels of 4 classes, want at most 3": {"train", "--data", data(t, 8, 4), "--epochs", "1"},
		"data: got nothing":                       {"train", "--epochs", "1"},
		"--threads: got -1":                       {"train", "--data", folder, "--epochs", "1", "--threads", "-1"},
		"--out: got nothing":                      {"init"},
		"--checkpoint: got nothing":               {"eval", "--data", folder},
		"no such file":                            {"eval", "--data", folder, "--checkpoint", path("absent")},
		"got no checkpoint in it":                 {"eval", "--data", folder, "--checkpoint", t.TempDir()},
		"not a safetensors file":                  {"eval", "--data", folder, "--checkpoint", text},
		"tensors do not fit the network":          {"eval", "--data", folder, "--checkpoint", write("other", labels(1))},
		"--format: got \"xml\"":                   {"predict", "--checkpoint", path("weights"), "--format", "xml", text},
		"--json: got it with --format csv":        {"predict", "--checkpoint", path("weights"), "--format", "csv", "--json", text},
		"--top: got 0":                            {"predict", "--checkpoint", path("weights"), "--top", "0", text},
		"--mode: got \"fly\"":                     {"bench", "--mode", "fly"},
		"--data: got it with --mode train":        {"bench", "--data", "x/"},
		"--batch: got it with --mode input":       {"bench", "--mode", "input", "--batch", "2"},
		"--batch: got 6, want 1 to 5":             {"bench", "--batch", "6"},
		"--steps: got 0":                          {"profile", "--steps", "0"},
		"want images and labels among them":       step(write("b1", labels(1))),
		"images: got float32 of shape [1 5 3 1], want float32 of shape [n 4 3 1]": step(write("b2", images(1, 5), labels(1))),
		"images: got 6, want 1 to 5":                              step(write("b3", images(6, 4), labels(0, 0, 0, 0, 0, 0))),
		"labels: got int64 of shape [2], want int64 of shape [1]": step(write("b4", images(1, 4), labels(0, 0))),
		"labels[1]: got 3, want 0 to 2":                           step(write("b5", images(2, 4), labels(0, 3))),
		"labels[0]: got -1, want 0 to 2":                          step(write("b6", images(1, 4), labels(-1))),
		"--lr: got NaN":                                           append(step(path("b5")), "--lr", "NaN"),
	} {
		_, errOut := run(t, misused, args...)
		errOut = withoutNote(errOut)
		if !strings.HasPrefix(errOut, "fake: ") || !strings.Contains(errOut, want) {
			t.Errorf("%s: got %q, want %q in it", strings.Join(args, " "), errOut, want)
		}
	}
}

// diverging is a network whose third step comes to no number.
type diverging struct {
	network.Network
	steps int
}

func (d *diverging) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	m := d.Network.TrainStep(images, labels, rate)
	if d.steps++; d.steps == 3 {
		m.Loss = math.NaN()
	}
	return m
}

// TestDivergedIsAFailure holds the exit code of such a training.
func TestDivergedIsAFailure(t *testing.T) {
	p := program
	p.New = func(o network.Options) network.Network { return &diverging{Network: fakenet.New(o)} }
	var out, errOut bytes.Buffer
	args := []string{"train", "--data", data(t, 40, 3), "--epochs", "9", "--out", filepath.Join(t.TempDir(), "run"), "--log", "json"}
	if code := Run(t.Context(), p, args, &out, &errOut); code != failed || !strings.Contains(errOut.String(), "step 3: got a loss of NaN") {
		t.Errorf("got exit code %d, %q, want %d and the step", code, errOut.String(), failed)
	}
	if !strings.Contains(out.String(), `"level":"ERROR","msg":"failed"`) || !strings.Contains(out.String(), "step 3: got a loss of NaN") {
		t.Errorf("got %s, want the failure as JSON", out.String())
	}
}

func TestVersionAndHelp(t *testing.T) {
	if out, _ := run(t, done, "version"); out != "fake, spec 5fec, resnetgen test\n" {
		t.Errorf("got %q", out)
	}
	out, _ := run(t, done, "--help")
	for _, command := range []string{"info", "train", "init", "eval", "predict", "step", "bench", "profile"} {
		if !strings.Contains(out, fmt.Sprintf("\n  %s ", command)) {
			t.Errorf("got help\n%s\nwant %s in it", out, command)
		}
	}
}
