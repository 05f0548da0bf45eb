package spec_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/spec"
)

var update = flag.Bool("update", false, "rewrite what the tests want in testdata")

// minimal is the shortest spec.
const minimal = `name: net
input: {height: 32, width: 32, channels: 3}
classes: 10
units: 3
`

// TestBad compares every message of every bad spec.
func TestBad(t *testing.T) {
	for _, path := range badSpecs(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			net, err := spec.Parse(filepath.Base(path), data)
			var problems spec.Errors
			if !errors.As(err, &problems) || net != nil {
				t.Fatalf("got net %v and error %v, want no net and Errors", net, err)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".want", problems.Error()+"\n")
			positions(t, problems)
		})
	}
}

// positions holds problems to positions that exist and ascend.
func positions(t *testing.T, problems spec.Errors) {
	t.Helper()
	sorted := slices.IsSortedFunc(problems, func(a, b spec.Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	if !sorted {
		t.Errorf("problems are not sorted by position:\n%v", problems)
	}
	for _, p := range problems {
		if p.Line < 1 || p.Col < 1 || p.Got == "" || p.Want == "" {
			t.Errorf("got an incomplete problem %+v", p)
		}
	}
}

// TestTwelve is the promise of all problems in one run.
func TestTwelve(t *testing.T) {
	_, err := spec.Load("testdata/bad/twelve.yaml")
	var problems spec.Errors
	if !errors.As(err, &problems) || len(problems) != 12 {
		t.Fatalf("got %d problems, want 12:\n%v", len(problems), err)
	}
	paths := map[string]bool{}
	for _, p := range problems {
		paths[p.Path] = true
	}
	if len(paths) != 12 {
		t.Errorf("got %d different paths, want 12: %v", len(paths), paths)
	}
}

// TestManyProblems holds that a file of another kind does not flood the terminal.
func TestManyProblems(t *testing.T) {
	var data strings.Builder
	for i := range 2500 {
		fmt.Fprintf(&data, "key%d: 1\n", i)
	}
	_, err := spec.Parse("other.yaml", []byte(data.String()))
	var problems spec.Errors
	if !errors.As(err, &problems) || len(problems) != 1001 {
		t.Fatalf("got %d problems, want 1000 and one that says how many more", len(problems))
	}
	const want = "other.yaml:1000:1: got 1504 problems more, want these solved first" // keys, and four without a value
	if got := problems[1000].Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	positions(t, problems)
}

func badSpecs(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("got %d bad specs and error %v, want some", len(paths), err)
	}
	return paths
}

// TestDefaults compares what the minimal spec comes to, with every key in the order of the
// documentation.
func TestDefaults(t *testing.T) {
	net := parse(t, minimal)
	golden(t, "testdata/defaults.yaml", string(spec.Encode(net)))
	roundTrip(t, net) // what Encode leaves out is as the decoder has it
}

// golden compares got with the file at path.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// TestDefaultsDepend holds defaults that follow from other values.
func TestDefaultsDepend(t *testing.T) {
	tests := map[string]struct {
		add   string
		check func(*spec.Net) any
		want  any
	}{
		"bottleneck filters": {
			"bottleneck: true", func(n *spec.Net) any { return n.Filters }, []int{16, 64, 128, 256},
		},
		"units for every stage": {
			"filters: [8, 8, 8, 8, 8]\nstrides: [1, 1, 1, 1]", func(n *spec.Net) any { return n.Units }, []int{3, 3, 3, 3},
		},
		"first stage activates": {
			"filters: [8, 8, 8]\nstrides: [2, 2]", func(n *spec.Net) any { return n.ActivateBeforeResidual }, []bool{true, false},
		},
		"one stage": {
			"filters: [8, 8]\nstrides: [1]", func(n *spec.Net) any { return n.ActivateBeforeResidual }, []bool{true},
		},
		"post-activation shortcuts are activated as they are": {
			"unit: post-activation", func(n *spec.Net) any { return n.ActivateBeforeResidual }, []bool{false, false, false},
		},
		"no schedule": {
			"", func(n *spec.Net) any { return n.Train.LearningRate },
			spec.LearningRate{Schedule: "piecewise", Boundaries: []int{40000, 60000, 80000}, Values: []float64{0.1, 0.01, 0.001, 0.0001}},
		},
		"sgd has no momentum": {
			"train: {optimizer: sgd}", func(n *spec.Net) any { return n.Train.Momentum }, 0.0,
		},
		"nesterov has mom's momentum": {
			"train: {optimizer: nesterov}", func(n *spec.Net) any { return n.Train.Momentum }, 0.9,
		},
		"no means": {
			"", func(n *spec.Net) any { return n.Standardize }, spec.Standardize{},
		},
		"no preprocessing": {
			"", func(n *spec.Net) any { return n.Preprocess }, spec.Preprocess{},
		},
		"preprocessing as torchvision's": {
			"preprocess: {}", func(n *spec.Net) any { return n.Preprocess },
			spec.Preprocess{Resize: 37, Fit: "crop", Crop: 32, Interpolation: "bilinear", Channels: "rgb"},
		},
		"the whole image": {
			"preprocess: {fit: pad, channels: bgr}", func(n *spec.Net) any { return n.Preprocess },
			spec.Preprocess{Resize: 32, Fit: "pad", Crop: 32, Interpolation: "bilinear", Channels: "bgr"},
		},
		"adamw has Adam's constants": {
			"train: {optimizer: adamw}", func(n *spec.Net) any { return n.Train.Adam }, spec.Adam{Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
		},
		"adamw with one of its own": {
			"train: {optimizer: adamw, adam: {beta1: 0}}", func(n *spec.Net) any { return n.Train.Adam }, spec.Adam{Beta2: 0.999, Epsilon: 1e-8},
		},
		"others have no Adam": {
			"train: {optimizer: nesterov}", func(n *spec.Net) any { return n.Train.Adam }, spec.Adam{},
		},
		"official piecewise": {
			"train: {learning_rate: {schedule: piecewise, warmup: 0.1}}",
			func(n *spec.Net) any { return n.Train.LearningRate },
			spec.LearningRate{
				Schedule: "piecewise", Boundaries: []int{40000, 60000, 80000},
				Values: []float64{0.1, 0.01, 0.001, 0.0001}, Warmup: 0.1,
			},
		},
		"constant has no other keys": {
			"train: {learning_rate: {schedule: constant, value: 0}}",
			func(n *spec.Net) any { return n.Train.LearningRate },
			spec.LearningRate{Schedule: "constant"},
		},
		"negative zero": {
			"relu_leakiness: -0.0", func(n *spec.Net) any { return 1/(n.ReluLeakiness+1e-300) > 0 }, true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.check(parse(t, minimal+test.add+"\n"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// edges are valid specs that lie just inside the bounds.
var edges = map[string]string{
	"one pixel":            "name: n\ninput: {height: 1, width: 1, channels: 1}\nclasses: 2\nfilters: [1, 1]\nstrides: [1]\nunits: 1\n",
	"odd sizes, stride 1":  "name: n\ninput: {height: 33, width: 17, channels: 5}\nclasses: 2\nfilters: [3, 5, 5]\nstrides: [1, 1]\nunits: [1, 2]\n",
	"bottleneck rounds up": "name: n\ninput: {height: 7, width: 5, channels: 1}\nclasses: 2\nfilters: [3, 4, 8]\nstrides: [1, 2]\nunits: 1\nbottleneck: true\n",
	"bottleneck drops":     "name: n\ninput: {height: 8, width: 8, channels: 1}\nclasses: 2\nfilters: [64, 8, 4]\nstrides: [2, 2]\nunits: 1\nbottleneck: true\n",
	"stride 3 of 9":        "name: n\ninput: {height: 9, width: 9, channels: 1}\nclasses: 2\nfilters: [8, 8]\nstrides: [3]\nunits: 1\n",
	"stride leaves one":    "name: n\ninput: {height: 8, width: 8, channels: 1}\nclasses: 2\nfilters: [8, 16]\nstrides: [8]\nunits: 1\n",
	"longest name":         strings.Replace(minimal, "net", strings.Repeat("n", 63), 1),
	"name of a system":     strings.Replace(minimal, "net", "linux", 1),
	"data in a folder":     minimal + "data: ./cifar-10-batches-bin\n",
	"windows line ends":    strings.ReplaceAll(minimal, "\n", "\r\n"),
	"byte order mark":      "\ufeff" + minimal,
	"end of document":      minimal + "...\n",
	"ints where floats":    minimal + "relu_leakiness: 0\ntrain: {weight_decay: 1, momentum: 0}\n",
	"no labels":            minimal + "labels: []\n",
	"quoted keys":          strings.Replace(minimal, "name", `"name"`, 1),
}

func TestEdges(t *testing.T) {
	for name, data := range edges {
		t.Run(name, func(t *testing.T) { parse(t, data) })
	}
}

func TestTemplateIsResNet20(t *testing.T) {
	got := parse(t, string(spec.Template()))
	data, err := os.ReadFile("zoo/resnet20.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, string(data)), got); diff != "" {
		t.Errorf("template (-zoo +template):\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "net.yaml")
	if err := os.WriteFile(path, []byte(minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := spec.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parse(t, minimal), got); diff != "" {
		t.Errorf("(-parse +load):\n%s", diff)
	}
	for _, path := range []string{filepath.Join(dir, "absent.yaml"), dir} {
		var problems spec.Errors
		if _, err := spec.Load(path); err == nil || errors.As(err, &problems) || !strings.Contains(err.Error(), path) {
			t.Errorf("Load(%s): got error %v, want one that names the file", path, err)
		}
	}
}

// TestHostile bounds the time that hostile files take.
func TestHostile(t *testing.T) {
	t.Parallel()
	fill := func(s string) []byte { return bytes.Repeat([]byte(s), spec.MaxBytes/len(s)) }
	tests := map[string][]byte{
		"too large":       make([]byte, spec.MaxBytes+1),
		"open lists":      fill("["),
		"open mappings":   fill("{a: "),
		"block lists":     fill("- "),
		"keys":            fill("? "),
		"unknown keys":    fill("a: 1\n"),
		"labels":          append([]byte(minimal+"labels: ["), append(fill("a, ")[:spec.MaxBytes-len(minimal)-20], ']')...),
		"a long number":   append([]byte(minimal+"classes: "), bytes.Repeat([]byte("1"), spec.MaxBytes/2)...),
		"a long key":      append(bytes.Repeat([]byte("k"), spec.MaxBytes/2), ": 1\n"...),
		"anchors":         fill("&a "),
		"quotes":          fill("'"),
		"comments":        fill("#\n"),
		"a deep document": append(bytes.Repeat([]byte("["), 9000), bytes.Repeat([]byte("]"), 9000)...),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := spec.Parse("net.yaml", data); err == nil {
				t.Error("got no error, want one")
			} else if len(err.Error()) > 300*len(data)+1000 {
				t.Errorf("got a message of %d bytes", len(err.Error()))
			}
			t.Logf("%v", time.Since(start))
		})
	}
}

func parse(t testing.TB, data string) *spec.Net {
	t.Helper()
	net, err := spec.Parse("net.yaml", []byte(data))
	if err != nil {
		t.Fatalf("%v\nin:\n%s", err, data)
	}
	return net
}
