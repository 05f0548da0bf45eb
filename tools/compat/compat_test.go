package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/spec"
)

// trainers is the folder of the trainers of testdata/specs.
var trainers string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "resnetgen-compat-")
	if err == nil {
		defer os.RemoveAll(folder)
		trainers, err = build(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(folder string) (bin string, err error) {
	var specs []*spec.Net
	for _, name := range []string{"basic", "photos"} {
		s, err := spec.Load(filepath.Join("testdata", "specs", name+".yaml"))
		if err != nil {
			return "", err
		}
		specs = append(specs, s)
	}
	return trainertest.Build(folder, filepath.Join("..", ".."), specs, "serve", "tensorboard")
}

// A place is a copy of an older version's files, and where the trainers run.
type place struct {
	*testing.T
	dir string
}

// newPlace copies the files of b178cc8, the last commit of the first version.
func newPlace(t *testing.T) place {
	t.Helper()
	p := place{t, t.TempDir()}
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join("testdata", "b178cc8"))); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p place) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p place) command(trainer string, args ...string) *exec.Cmd {
	c := exec.CommandContext(p.Context(), filepath.Join(trainers, trainer), args...)
	c.Dir = p.dir
	return c
}

// trainer runs a trainer's command and returns its output. Its errors are the test's.
func (p place) trainer(trainer string, args ...string) []byte {
	p.Helper()
	var messages bytes.Buffer
	c := p.command(trainer, args...)
	c.Stderr = &messages
	out, err := c.Output()
	if err != nil {
		p.Fatalf("%s %s: %v\n%s%s", trainer, strings.Join(args, " "), err, out, &messages)
	}
	return out
}

// newNames gives the columns of older versions' tables their names of today.
var newNames = strings.NewReplacer("Best Precision", "best_accuracy", "Precision", "accuracy", "cost", "loss")

// decode reads JSON: text, or of a file.
func decode[T any](t *testing.T, text []byte, err error) (v T) {
	t.Helper()
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return v
}

func (p place) expected(name string) ([]byte, error) { return os.ReadFile(p.path("expected/" + name)) }

// tensors returns what a checkpoint holds, by name, as bits: a NaN is equal to itself.
func (p place) tensors(path string) map[string][]uint32 {
	p.Helper()
	f, err := checkpoint.Read(p.path(path))
	if err != nil {
		p.Fatal(err)
	}
	all := map[string][]uint32{}
	for _, tensor := range f.Tensors {
		bits := make([]uint32, 0, len(tensor.Float32)+2*len(tensor.Int64))
		for _, v := range tensor.Float32 {
			bits = append(bits, math.Float32bits(v))
		}
		for _, v := range tensor.Int64 {
			bits = append(bits, uint32(v), uint32(v>>32))
		}
		all[tensor.Name] = bits
	}
	return all
}

func (p place) checkSameTensors(got, want string) {
	p.Helper()
	if diff := cmp.Diff(p.tensors(want), p.tensors(got)); diff != "" {
		p.Errorf("%s has other tensors than %s (-want +got):\n%.2000s", got, want, diff)
	}
}

// TestResume resumes runs that a signal stopped. The checkpoints of their ends have the tensors
// that the older version would have given them.
func TestResume(t *testing.T) {
	for _, r := range []struct {
		network, run string
		steps        int
		flags        []string
	}{
		{"basic", "mini", 124, []string{"--data", "fashion-mini", "--seed", "3", "--save-every", "20"}},
		{"basic", "heldout", 116, []string{"--data", "fashion-mini", "--seed", "4", "--save-every", "20", "--validation", "500"}},
		{"photos", "classes", 24, []string{"--data", "images", "--seed", "5", "--save-every", "5"}},
		{"photos", "parts", 24, []string{"--data", "parts", "--seed", "6", "--save-every", "5"}},
	} {
		t.Run(r.run, func(t *testing.T) {
			p := newPlace(t)
			args := []string{"train", "--resume", "--out", "runs/" + r.run, "--steps", fmt.Sprint(r.steps)}
			p.trainer(r.network, append(args, r.flags...)...)
			last := fmt.Sprintf("step-%d.safetensors", r.steps)
			p.checkSameTensors("runs/"+r.run+"/checkpoints/"+last, "expected/"+r.run+"/"+last)
			for _, record := range []string{"eval.csv", "train.csv"} {
				want, err := p.expected(r.run + "/" + record)
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(p.path("runs/" + r.run + "/" + record))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(newNames.Replace(string(want)), string(got)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", record, diff)
				}
			}
		})
	}
}

func TestFineTune(t *testing.T) {
	p := newPlace(t)
	p.trainer("basic", "train", "--data", "fashion-mini", "--seed", "8", "--steps", "5", "--init", "runs/mini", "--out", "tuned")
	p.checkSameTensors("tuned/checkpoints/step-5.safetensors", "expected/tuned/step-5.safetensors")
}

// TestEvaluate evaluates each run's best checkpoint on the images that the older version tested
// with.
func TestEvaluate(t *testing.T) {
	for run, command := range map[string][2]string{
		"mini": {"basic", "fashion-mini"}, "heldout": {"basic", "fashion-mini"}, "classes": {"photos", "images"}, "parts": {"photos", "parts"},
	} {
		t.Run(run, func(t *testing.T) {
			p := newPlace(t)
			out := p.trainer(command[0], "eval", "--data", command[1], "--checkpoint", "runs/"+run, "--json")
			got := decode[map[string]float64](t, out, nil)
			text, err := p.expected("eval-" + run + ".json")
			for key, want := range decode[map[string]float64](t, text, err) {
				if got[key] != want {
					t.Errorf("%s: got %v, want %v", key, got[key], want)
				}
			}
		})
	}
}

// TestWatch lets an evaluator go on in a run that an older one has watched.
func TestWatch(t *testing.T) {
	p := newPlace(t)
	before, err := os.ReadFile(p.path("runs/mini/eval/eval.csv"))
	if err != nil {
		t.Fatal(err)
	}
	p.trainer("basic", "train", "--resume", "--out", "runs/mini", "--steps", "124", "--data", "fashion-mini", "--seed", "3")
	p.trainer("basic", "eval", "--data", "fashion-mini", "--watch", "runs/mini", "--once")
	after, err := os.ReadFile(p.path("runs/mini/eval/eval.csv"))
	if err != nil {
		t.Fatal(err)
	}
	added, kept := strings.CutPrefix(string(after), newNames.Replace(string(before)))
	if !kept || !strings.Contains(added, "124,") {
		t.Errorf("got eval.csv\n%s\nwant a line of step 124 after\n%s", after, before)
	}
}

// A guess is a class with its probability, as predict and serve print it.
type guess struct {
	Class       string
	Index       int
	Probability float64
}

// probabilities are equal but for their rounding: older versions summed exponentials in float64,
// this one sums them in float32, as its inference packages do.
var probabilities = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 3*0x1p-24 })

type prediction struct {
	Image   string
	Guesses []guess
}

func TestPredict(t *testing.T) {
	p := newPlace(t)
	out := p.trainer("photos", "predict", "--checkpoint", "runs/classes", "--format", "json",
		"images/bar/0.png", "images/disc/1.png", "images/ring/2.png")
	text, err := p.expected("predict.json")
	want, got := decode[[]prediction](t, text, err), decode[[]prediction](t, out, nil)
	if diff := cmp.Diff(want, got, probabilities); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestImport imports exports of an older version. All but ONNX hold the optimizer's state.
func TestImport(t *testing.T) {
	for source, momentum := range map[string]bool{"exports/basic.safetensors": true, "exports/tf/model.ckpt": true, "exports/basic.onnx": false} {
		t.Run(source, func(t *testing.T) {
			p := newPlace(t)
			p.trainer("basic", "import", source, "--out", "imported.safetensors")
			want, got := p.tensors("expected/exported.safetensors"), p.tensors("imported.safetensors")
			for name, values := range want {
				if strings.HasSuffix(name, "/Momentum") && !momentum || name == "global_step" && !momentum {
					continue
				}
				if diff := cmp.Diff(values, got[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%.500s", name, diff)
				}
			}
		})
	}
}

// A row is a run as `runs --json` lists it.
type row struct {
	Name          string
	Steps, Epochs int
	Best          *float64 `json:"best_accuracy"`
	Precision     *float64 `json:"best_precision"` // the former key of the same
	Loss          float64
	Set           string
	Settings      map[string]string
}

func TestRuns(t *testing.T) {
	p := newPlace(t)
	text, err := p.expected("runs.json")
	want, got := decode[[]row](t, text, err), decode[[]row](t, p.trainer("basic", "runs", "runs", "--json"), nil)
	for i := range want {
		want[i].Best = want[i].Precision
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
