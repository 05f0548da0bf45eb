package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/watch"
)

// scalarPart records numbers in memory.
type scalarPart struct{ told *[]string }

func (p scalarPart) Flags(*pflag.FlagSet)              {}
func (p scalarPart) Observer() (train.Observer, error) { return nil, nil }
func (p scalarPart) Close() error                      { *p.told = append(*p.told, "close"); return nil }

func (p scalarPart) Scalar(step int, n string, x float64) error {
	*p.told = append(*p.told, fmt.Sprintf("%d %s %.3f", step, n, x))
	return nil
}

func (p scalarPart) Scalars(folder string, done int) (watch.ScalarWriter, error) {
	*p.told = append(*p.told, fmt.Sprint(filepath.Base(folder), " ", done))
	return p, nil
}

// with runs a command of a trainer that has parts.
func with(t *testing.T, part Part, args ...string) string {
	t.Helper()
	p := program
	p.Parts = []Part{part}
	var o, e strings.Builder
	if code := Run(t.Context(), p, args, &o, &e); code != done {
		t.Fatalf("%v: got exit code %d\n%s%s", args, code, o.String(), e.String())
	}
	return o.String()
}

// TestWatch follows a run, once and again after more checkpoints have come.
func TestWatch(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	training := []string{"train", "--data", folder, "--out", out, "--epochs"}
	watching := []string{"eval", "--data", folder, "--watch", out, "--once"}
	var told []string
	part := scalarPart{&told}
	run(t, done, append(training, "2")...)
	first := with(t, part, watching...)
	if lines := strings.Split(first, "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "step 5: accuracy ") || !strings.HasPrefix(lines[1], "step 10: accuracy ") {
		t.Errorf("got %q, want a line for steps 5 and 10", first)
	}
	run(t, done, append(training, "3", "--resume")...)
	if second := with(t, part, watching...); strings.Count(second, "\n") != 1 || !strings.HasPrefix(second, "step 15: accuracy ") {
		t.Errorf("got %q, want a line for step 15 alone", second)
	}
	curves, err := runs.Folder(out).Curves()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"eval 0"}
	csv := "step,accuracy,best_accuracy\n"
	for i, step := range curves.Test.Steps { // the trainer's own evaluations are of the same checkpoints
		p, best := curves.Test.Accuracy[i], curves.Test.Best[i]
		if i == 2 {
			want = append(want, "close", "eval 10")
		}
		want = append(want, fmt.Sprintf("%d Precision %.3f", step, p), fmt.Sprintf("%d Best Precision %.3f", step, best))
		csv += fmt.Sprintf("%d,%v,%v\n", step, p, best)
	}
	if want = append(want, "close"); !slices.Equal(told, want) {
		t.Errorf("got %q, want %q", told, want)
	}
	if got, err := os.ReadFile(filepath.Join(out, "eval", "eval.csv")); err != nil || string(got) != csv {
		t.Errorf("got %q (%v), want %q", got, err, csv)
	}
}

// TestWatchOtherwise refuses to add to what was evaluated on other images, or in another way, and
// names what differs.
func TestWatchOtherwise(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "1")
	run(t, done, "eval", "--data", folder, "--watch", out, "--once")
	csv := filepath.Join(out, "eval", "eval.csv")
	before, err := os.ReadFile(csv)
	if err != nil {
		t.Fatal(err)
	}
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "2", "--resume")
	for want, flags := range map[string][]string{
		"test_sha256: got":                                {"--data", data(t, 20, 2)},
		`eval: got {"flip":true}, want {}`:                {"--data", folder, "--flip"},
		`eval: got {"shift":1}, want {}` + "\n  raw: got": {"--data", folder, "--shift", "1", "--raw"},
	} {
		if _, errOut := run(t, misused, append([]string{"eval", "--watch", out, "--once"}, flags...)...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", flags, errOut, want)
		}
	}
	if after, err := os.ReadFile(csv); err != nil || string(after) != string(before) {
		t.Errorf("got %q (%v), want %q left as it was", after, err, before)
	}
}

// stopping is a network that ends its program's command in an evaluation.
type stopping struct {
	*fakenet.Net
	stop func()
}

func (s *stopping) Eval(images []float32, labels []int32) network.Metrics {
	s.stop()
	return s.Net.Eval(images, labels)
}

// TestWatchStopped ends within an evaluation, after a batch, and tells of none.
func TestWatchStopped(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "1")
	ctx, stop := context.WithCancel(t.Context())
	p := program
	p.New = func(o network.Options) network.Network { return &stopping{fakenet.New(o), stop} }
	var o, e strings.Builder
	if code := Run(ctx, p, []string{"eval", "--data", folder, "--watch", out}, &o, &e); code != done || o.String()+withoutNote(e.String()) != "" {
		t.Errorf("got exit code %d, %q and %q, want %d and nothing", code, o.String(), e.String(), done)
	}
}

// TestWatchBeginsAnew holds that an evaluator that has found nothing binds nobody, and that only
// the images count, not their folder.
func TestWatchBeginsAnew(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "1")
	trees := photosOf(t, 10, "ash", "birch", "oak") // none of the checkpoint's classes
	run(t, failed, "eval", "--data", trees, "--watch", out, "--once")
	run(t, done, "eval", "--data", folder, "--watch", out, "--once")
	again := filepath.Join(t.TempDir(), "again")
	if err := os.CopyFS(again, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	run(t, done, "eval", "--data", again, "--watch", out, "--once")
	if err := os.Remove(filepath.Join(out, "eval", "eval.json")); err != nil {
		t.Fatal(err)
	}
	if _, errOut := run(t, done, "eval", "--data", folder, "--watch", out, "--once"); !strings.Contains(errOut, "does not record how its results were evaluated") {
		t.Errorf("got %q, want that it is not known", errOut)
	}
}

// TestWatchDamaged evaluates what can be, and exits 1 with --once.
func TestWatchDamaged(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, "train", "--data", folder, "--out", out, "--epochs", "2")
	if err := os.WriteFile(runs.Folder(out).Checkpoint(5), []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	said, errOut := run(t, failed, "eval", "--data", folder, "--watch", out, "--once")
	if !strings.HasPrefix(said, "step 10: accuracy") || !strings.Contains(errOut, "got 1 checkpoints in "+out+" that cannot be evaluated") {
		t.Errorf("got %q and %q, want step 10 evaluated, and that one was not", said, errOut)
	}
}

// TestWatchMisuse holds what is said of flags that make no sense.
func TestWatchMisuse(t *testing.T) {
	folder := data(t, 8, 3)
	for want, args := range map[string][]string{
		"--watch: got no run in":                      {"--watch", t.TempDir(), "--once"},
		"--watch: got it with --checkpoint or --json": {"--watch", "x", "--checkpoint", "y"},
		"--interval: got 1ms, want 10ms or more":      {"--watch", "x", "--interval", "1ms"},
		"--interval, --once, --log: got one without":  {"--checkpoint", "x", "--once"},
		`--log: got "xml", want text or json`:         {"--watch", "x", "--log", "xml"},
	} {
		if _, errOut := run(t, misused, append([]string{"eval", "--data", folder}, args...)...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", args, errOut, want)
		}
	}
}

// TestRunFolder holds what a run's folder says of how it came to be.
func TestRunFolder(t *testing.T) {
	folder, out := data(t, 20, 3), filepath.Join(t.TempDir(), "run")
	p := program
	p.Spec = "name: fake\n"
	var o, e strings.Builder
	if code := Run(t.Context(), p, []string{"train", "--data", folder, "--out", out, "--epochs", "2", "--log", "json"}, &o, &e); code != done {
		t.Fatalf("got exit code %d\n%s", code, e.String())
	}
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if file("spec.yaml") != p.Spec {
		t.Errorf("spec.yaml: got %q, want %q", file("spec.yaml"), p.Spec)
	}
	if v := decode(t, file("flags.json")); v["epochs"] != "2" || v["data"] != folder || v["seed"] != "1" {
		t.Errorf("flags.json: got %v", v)
	}
	keys(t, decode(t, file("machine.json")), "cpu", "kernels", "cores", "threads", "go", "system", "generator")
	for name, text := range map[string]string{"log.jsonl": file("log.jsonl"), "the output": o.String()} {
		var said []string
		for d := json.NewDecoder(strings.NewReader(text)); d.More(); {
			var line map[string]any
			if err := d.Decode(&line); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			keys(t, line, "time", "level")
			if message := fmt.Sprint(line["msg"], "\n"); withoutNote(message) != "" {
				said = append(said, fmt.Sprint(line["msg"], " ", line["step"]))
			}
		}
		if want := []string{"start 0", "evaluated 5", "evaluated 10", "done 10"}; !slices.Equal(said, want) {
			t.Errorf("%s: got %v, want %v", name, said, want)
		}
	}
	if _, errOut := run(t, misused, "train", "--data", folder, "--epochs", "1", "--log", "xml"); !strings.Contains(errOut, `--log: got "xml", want text or json`) {
		t.Errorf("got %q, want what --log takes", errOut)
	}
}

// TestRuns compares two runs.
func TestRuns(t *testing.T) {
	folder, folders := data(t, 20, 3), t.TempDir()
	run(t, done, "train", "--data", folder, "--out", filepath.Join(folders, "a"), "--epochs", "2", "--seed", "3")
	run(t, done, "train", "--data", folder, "--out", filepath.Join(folders, "b"), "--epochs", "2", "--seed", "4", "--learning-rate", "0.25")
	out, _ := run(t, done, "runs", folders)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "run  epochs  steps  best accuracy  test accuracy  last loss  images/s") {
		t.Fatalf("got\n%s\nwant a line for each run", out)
	}
	if !strings.Contains(lines[1], "learning_rate.value=0.05 seed=3") || !strings.Contains(lines[2], "learning_rate.value=0.25 seed=4") {
		t.Errorf("got\n%s\nwant the settings that differ, alone", out)
	}
	var rows []runJSON
	if err := json.Unmarshal([]byte(first(run(t, done, "runs", folders, "--json"))), &rows); err != nil {
		t.Fatal(err)
	}
	curves, err := runs.Folder(filepath.Join(folders, "b")).Curves()
	if err != nil {
		t.Fatal(err)
	}
	if b := rows[1]; b.Name != "b" || b.Steps != 10 || b.Epochs != 2 || *b.BestAccuracy != curves.Test.Best[1] ||
		*b.Loss != curves.Train.Loss[9] || *b.ImagesPerSecond <= 0 || len(b.Settings) != 2 {
		t.Errorf("got %+v", b)
	}
	for name, text := range map[string]string{"damaged": "{", "empty": "{}", "killed": `{"network": "fake"}`} { // the latter before anything was recorded
		if err := os.MkdirAll(filepath.Join(folders, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folders, name, "run.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, errOut := run(t, failed, "runs", folders)
	if lines := strings.Split(strings.TrimSpace(out), "\n"); len(lines) != 4 || strings.Join(strings.Fields(lines[3]), " ") != "killed 0 0 – – – –" {
		t.Errorf("got\n%s\nwant the runs that can be read, and no loss of the last", out)
	}
	if !strings.Contains(errOut, filepath.Join("damaged", "run.json")) {
		t.Errorf("got %q, want which cannot be read", errOut)
	}
	out, _ = run(t, failed, "runs", folders, "--json")
	if !strings.Contains(strings.Join(strings.Fields(out), ""), `"best_accuracy":null,"best_precision":null,"test_accuracy":null,"test_precision":null,"loss":null`) {
		t.Errorf("got %s, want no accuracy and no loss of the last", out)
	}
	if _, errOut := run(t, misused, "runs", t.TempDir()); !strings.Contains(errOut, "runs: got no run in") {
		t.Errorf("got %q, want that there is none", errOut)
	}
}
