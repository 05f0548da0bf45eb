package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/gen"
	"github.com/resnetgen/resnetgen/internal/oracle"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// specs are of networks that have between them all that a model can: with those of choices, what a
// spec offers.
var specs = map[string]string{
	"basic": `{name: net, input: {height: 8, width: 12, channels: 3}, classes: 7, filters: [4, 4, 6, 10], strides: [1, 2, 2], units: [1, 2, 1],
activate_before_residual: [true, false, true], relu_leakiness: 0.25}`,
	"odd": `{name: net, input: {height: 9, width: 7, channels: 1}, classes: 2, filters: [3, 8, 12], strides: [2, 2], units: [2, 1],
bottleneck: true, activate_before_residual: [true, false], relu_leakiness: 0}`,
	"post": `{name: net, input: {height: 8, width: 6, channels: 3}, classes: 3, filters: [4, 8, 12], strides: [1, 2], units: [2, 1],
bottleneck: true, unit: post-activation, shortcut: projection-bn, relu_leakiness: 0}`,
	"subsample": `{name: net, input: {height: 5, width: 7, channels: 2}, classes: 3, filters: [4, 8], strides: [2], units: 1, shortcut: subsample-pad}`,
	"pool": `{name: net, input: {height: 21, width: 8, channels: 3}, classes: 3, filters: [8, 8], strides: [1], units: [2],
stem: {kernel: 7, stride: 2, pool: max}, unit: post-activation, relu_leakiness: 0}`,
	"bias": `{name: net, input: {height: 8, width: 6, channels: 3}, classes: 3, filters: [4, 8], strides: [2], units: [2],
bottleneck: true, bias: true}`,
	"grow": `{name: net, input: {height: 3, width: 6, channels: 2}, classes: 3, filters: [5, 9, 9], strides: [1, 3], units: 1,
activate_before_residual: [false, true], batch_norm: {epsilon: 0.5, decay: 0.9}, preprocess: {resize: 4}, standardize: {mean: [0.2, 0.55], std: [0.3, 0.25]}}`,
}

// network is one of specs, with random variables.
type example struct {
	info      *network.Info
	oracle    *oracle.Net
	variables *checkpoint.File
}

func newNetwork(t testing.TB, name string) *example {
	t.Helper()
	return newExample(t, parse(t, name))
}

func parse(t testing.TB, name string) *spec.Net {
	t.Helper()
	s, err := spec.Parse(name, []byte(specs[name]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newExample(t testing.TB, s *spec.Net) *example {
	t.Helper()
	info, err := gen.Describe(s)
	if err != nil {
		t.Fatal(err)
	}
	n := &example{info: info, oracle: oracle.New(s), variables: &checkpoint.File{}}
	n.oracle.Randomize(rand.New(rand.NewPCG(1, 2)))
	for name, v := range n.oracle.InFiles(n.oracle.Tensors()) { // in any order, with slots
		values := make([]float32, len(v.Data))
		for i, x := range v.Data {
			values[i] = float32(x)
		}
		n.variables.Tensors = append(n.variables.Tensors, checkpoint.Tensor{Name: name, Shape: v.Shape, Float32: values})
	}
	return n
}

func (n *example) encode(t testing.TB, o Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, n.info, n.variables, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// allNets returns specs, and what a spec offers besides the defaults, by name.
func allNets(t *testing.T) map[string]*spec.Net {
	t.Helper()
	choices, err := trainertest.Choices()
	if err != nil {
		t.Fatal(err)
	}
	nets := map[string]*spec.Net{}
	for _, c := range choices {
		if !strings.HasPrefix(c.Key, "train.") {
			nets[c.Spec.Name] = c.Spec
		}
	}
	for name := range specs {
		nets[name] = parse(t, name)
	}
	return nets
}

// TestNumbers interprets models and compares with the oracle. Both are float64 networks; what the
// model says of the leak, the epsilon and 1/√n is rounded to float32, by 6e-8, hence the bound.
func TestNumbers(t *testing.T) {
	for name, net := range allNets(t) {
		for _, o := range []Options{{}, {Preprocess: true, Softmax: true}} {
			t.Run(fmt.Sprint(name, o.Preprocess), func(t *testing.T) {
				n := newExample(t, net)
				images, standardized := randomImages(n.info, 3)
				if !o.Preprocess {
					images = standardized
				}
				got := interpret(t, n.encode(t, o), images)
				want := n.oracle.Step(standardized.data, make([]int, 3), 0, false).Logits
				if !slices.Equal(got[Logits].shape, want.Shape) {
					t.Fatalf("got logits of shape %v, want %v", got[Logits].shape, want.Shape)
				}
				for i, z := range want.Data {
					if off := math.Abs(got[Logits].data[i] - z); !(off <= 1e-6*(1+math.Abs(z))) {
						t.Errorf("logit %d: got %g, want %g", i, got[Logits].data[i], z)
					}
				}
				if (got[Probabilities] != nil) != o.Softmax {
					t.Errorf("got probabilities %v, want them: %v", got[Probabilities], o.Softmax)
				}
			})
		}
	}
}

// randomImages returns bytes and their standardized form, by its definition. One image is of a
// single colour.
func randomImages(info *network.Info, n int) (raw, standardized *array) {
	r := rand.New(rand.NewPCG(3, 4))
	raw = newArray(n, info.Input[0], info.Input[1], info.Input[2])
	standardized = newArray(raw.shape...)
	values := len(raw.data) / n
	for i := range n {
		x, y := raw.data[i*values:][:values], standardized.data[i*values:][:values]
		mean, variance := 0.0, 0.0
		for k := range x {
			x[k] = 200
			if i > 0 {
				x[k] = float64(r.IntN(256))
			}
			mean += x[k] / float64(values)
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(values)
		}
		for k, v := range x {
			if info.Mean != nil {
				c := k % info.Input[2]
				y[k] = (v/255 - info.Mean[c]) / info.Std[c]
				continue
			}
			y[k] = (v - mean) / max(math.Sqrt(variance), 1/math.Sqrt(float64(values)))
		}
	}
	return raw, standardized
}

// TestReadBack holds that variables come back with every bit, also those that are NaN or Inf.
func TestReadBack(t *testing.T) {
	for name := range specs {
		n := newNetwork(t, name)
		special := n.variables.Find(n.info.Variables[0].Name).Float32
		copy(special, []float32{float32(math.Copysign(0, -1)), math.Float32frombits(0x7fc12345), float32(math.Inf(-1)), 0x1p-149})
		labels := make([]string, n.info.Classes)
		labels[0] = `"ü"`
		path := filepath.Join(t.TempDir(), "net.onnx")
		if err := Write(path, n.info, n.variables, Options{Labels: labels}); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path, n.info.Convention().Layout(4))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Tensors) != len(n.info.Variables) {
			t.Fatalf("got %d variables, want %d", len(got.Tensors), len(n.info.Variables))
		}
		for i, v := range got.Tensors {
			want := n.variables.Find(v.Name)
			if v.Name != n.info.Variables[i].Name || !slices.Equal(v.Shape, want.Shape) {
				t.Fatalf("variable %d: got %s of shape %v, want %s of shape %v", i, v.Name, v.Shape, n.info.Variables[i].Name, want.Shape)
			}
			for k, x := range want.Float32 {
				if math.Float32bits(x) != math.Float32bits(v.Float32[k]) {
					t.Fatalf("%s[%d]: got %g, want %g", v.Name, k, v.Float32[k], x)
				}
			}
		}
		metadata := map[string]string{KeyNetwork: "net", KeySpec: n.info.SpecHash, KeyImages: ImagesStandardized, KeyLabels: `["\"ü\""` + strings.Repeat(`,""`, n.info.Classes-1) + "]"}
		if name == "grow" {
			metadata[KeyMean], metadata[KeyStd] = "[0.2,0.55]", "[0.3,0.25]"
			metadata[KeyPreprocess] = `{"resize":4,"fit":"crop","interpolation":"bilinear","channels":"rgb"}`
		}
		if err := checkpoint.FunctionOf(n.info).WriteMetadata(metadata); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(metadata, got.Metadata); diff != "" {
			t.Errorf("metadata, wanted (−) and read (+):\n%s", diff)
		}
	}
}

func TestSameBytes(t *testing.T) {
	n := newNetwork(t, "basic")
	once := n.encode(t, Options{Softmax: true})
	slices.Reverse(n.variables.Tensors)
	if !bytes.Equal(once, n.encode(t, Options{Softmax: true})) {
		t.Error("got other bytes for the same network")
	}
}

func TestEncodeErrors(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*example, *Options)
		want   string
	}{
		"missing": {func(n *example, _ *Options) { n.variables.Find("logit/DW").Name = "other" }, `logit/DW: missing, want float32 of shape [10 7]`},
		"shape":   {func(n *example, _ *Options) { n.variables.Find("logit/DW").Shape = []int{7, 10} }, `logit/DW: got float32 of shape [7 10], want float32 of shape [10 7]`},
		"type": {func(n *example, _ *Options) {
			v := n.variables.Find("logit/biases")
			v.Float32, v.Int64 = nil, make([]int64, 7)
		}, `logit/biases: got int64 of shape [7], want float32 of shape [7]`},
		"operations": {func(n *example, _ *Options) { n.info.Ops = nil }, `network net: got no place for the variable "init/init_conv/DW" in 0 operations, want one: generate the network again`},
		"operation": {
			func(n *example, _ *Options) {
				n.info.Ops = append(n.info.Ops, network.Op{Kind: network.Conv, Name: "more/conv", In: []int{0}, Kernel: 1, Stride: 1})
			},
			`network net: got no variable "more/conv/Weight", which its operations read: generate the network again`,
		},
		"function": {func(n *example, _ *Options) {
			n.variables.Metadata = map[string]string{checkpoint.ArchitectureKey: n.info.Architecture(), checkpoint.FunctionKey: `{"relu_leakiness":0.5}`}
		}, "\n  relu_leakiness: got 0.5, want 0.25"},
		"labels": {func(_ *example, o *Options) { o.Labels = []string{"one"} }, "labels: got 1, want 7 or none"},
	} {
		t.Run(name, func(t *testing.T) {
			n, o := newNetwork(t, "basic"), Options{}
			c.change(n, &o)
			path := filepath.Join(t.TempDir(), "net.onnx")
			if err := Write(path, n.info, n.variables, o); err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("got error %v, want %s", err, c.want)
			}
			if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("got %v for the file, want none there", err)
			}
		})
	}
}

// TestTooLarge holds that a model that no protobuf reader takes is not begun. Its values are one
// array, many times.
func TestTooLarge(t *testing.T) {
	shared := variable{&network.VariableInfo{Shape: []int{1 << 20}}, &checkpoint.Tensor{Shape: []int{1 << 20}, Float32: make([]float32, 1<<20)}}
	m := model{initializers: slices.Repeat([]variable{shared}, 512)}
	written := &counter{}
	if err := m.write(written, map[string]string{}); err == nil || !strings.Contains(err.Error(), "want less than 2 GiB") {
		t.Errorf("got error %v, want one about 2 GiB", err)
	}
	if written.bytes != 0 {
		t.Errorf("got %d bytes written, want none", written.bytes)
	}
}

type counter struct{ bytes int }

func (c *counter) Write(b []byte) (int, error) {
	c.bytes += len(b)
	return len(b), nil
}

// TestWriteFails holds that a full disk is an error wherever it shows.
func TestWriteFails(t *testing.T) {
	n := newNetwork(t, "odd")
	size := len(n.encode(t, Options{}))
	for room := 0; room < size; room += size / 7 {
		if err := Encode(&full{room}, n.info, n.variables, Options{}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("room for %d bytes: got error %v, want %v", room, err, io.ErrShortWrite)
		}
	}
}

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.room)
	f.room -= n
	if n < len(b) {
		return n, io.ErrShortWrite
	}
	return n, nil
}
