//go:build tools

package parity

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/oracle"
	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/spec"
)

// torchvisionSize and torchvisionClasses make torchvision's networks small in time, not in their
// variables.
const torchvisionSize, torchvisionClasses = 64, 10

// torchvisionSpecs are specs of torchvision's networks, but for name, input and classes.
var torchvisionSpecs = map[string]string{
	"resnet18": "units: [2, 2, 2, 2]",
	"resnet50": "units: [3, 4, 6, 3], bottleneck: true",
}

func torchvisionSpec(name string) (*spec.Net, error) {
	return spec.Parse(name, fmt.Appendf(nil, `{name: %s, family: torchvision, input: {height: %d, width: %[2]d, channels: 3}, classes: %d, %s, strides: [1, 2, 2, 2],
train: {batch: 3, weight_decay: 0}, eval: {batch: 3}}`,
		name, torchvisionSize, torchvisionClasses, torchvisionSpecs[name]))
}

// TestTorchvision compares with torchvision's own networks: a trainer takes their state_dict and
// computes what they do, and they take what it exports, with strict=True.
func TestTorchvision(t *testing.T) {
	var specs []*spec.Net
	for name := range torchvisionSpecs {
		s, err := torchvisionSpec(name)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, s)
	}
	bin, err := trainertest.Build(t.TempDir(), filepath.Join("..", ".."), specs)
	if err != nil {
		t.Fatal(err)
	}
	for name := range torchvisionSpecs {
		t.Run(name, func(t *testing.T) {
			m := &torchvisionModel{t, name, filepath.Join(bin, name), t.TempDir()}
			m.python("make")
			m.steps()
			m.interchange()
		})
	}
}

// torchvisionModel is a test of one of torchvision's networks.
type torchvisionModel struct {
	*testing.T
	name, trainer, folder string
}

func (m *torchvisionModel) file(name string) string {
	return filepath.Join(m.folder, name+".safetensors")
}

// python runs torchvision_model.py.
func (m *torchvisionModel) python(command string) {
	m.Helper()
	output, err := exec.Command(python, "torchvision_model.py", command, m.name, fmt.Sprint(torchvisionSize), fmt.Sprint(torchvisionClasses), m.folder).CombinedOutput()
	if err := torchError(output, err); err != nil {
		m.Fatal(err)
	}
}

func (m *torchvisionModel) run(arguments ...string) {
	m.Helper()
	if output, err := exec.Command(m.trainer, arguments...).CombinedOutput(); err != nil {
		m.Fatalf("%s %s: %v\n%s", m.name, strings.Join(arguments, " "), err, output)
	}
}

// steps compares an evaluation, an inference and a training step. Of the latter's variables
// PyTorch has moved the averages alone. A step of resnet50 on few images is near many kinks of its
// activations, where float32 and float64 have other gradients.
func (m *torchvisionModel) steps() {
	modes := map[string]string{"eval": "eval", "infer": "eval"}
	if m.name == "resnet18" {
		modes["train"] = "train"
	}
	for mode, reference := range modes {
		m.run("step", "--weights", m.file("state"), "--batch", m.file("batch"), "--mode", mode, "--out", m.file("out"))
		got, want := mustRead(m.T, m.file("out")), mustRead(m.T, m.file(reference))
		compared := map[string]*oracle.Tensor{}
		for name := range want {
			compared[name] = got[name]
			if got[name] == nil {
				m.Fatalf("%s: got no %s, want one", mode, name)
			}
		}
		checkTensors(m.T, compared, want, float32Bound)
	}
}

// interchange exports what was imported, also by way of the other formats.
func (m *torchvisionModel) interchange() {
	export := func(format, from, to string) {
		m.run("export", "--format", format, "--checkpoint", from, "--out", to, "--force")
	}
	imported, foreign := m.file("imported"), filepath.Join(m.folder, "foreign")
	m.run("import", m.file("state"), "--out", imported)
	for _, format := range []string{"safetensors", "tf", "onnx"} {
		export(format, imported, foreign)
		m.run("import", foreign, "--format", format, "--out", imported, "--force")
		export("safetensors", imported, m.file("exported"))
		m.python("load")
	}
	f, err := checkpoint.Read(m.file("exported"))
	if err != nil {
		m.Fatal(err)
	}
	if n := f.Find("bn1.num_batches_tracked"); n == nil || len(n.Shape) != 0 || n.Int64 == nil {
		m.Errorf("got %v, want an int64 of shape []", n)
	}
	if f.Find("global_step") != nil {
		m.Error("got global_step, which no state_dict has")
	}
}
