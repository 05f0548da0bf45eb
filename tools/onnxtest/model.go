package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/onnx"
)

// python is Debian's: python3-onnx installs for no other.
const python = "/usr/bin/python3"

// batch is how many images ONNX Runtime takes at once; 10,000 is no multiple of it.
const batch = 96

// command runs a program, whose output is shown if it fails.
func command(name string, arguments ...string) (stdout []byte, err error) {
	c := exec.Command(name, arguments...)
	stdout, err = c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s %v: %w\n%s%s", name, arguments, err, stdout, exit.Stderr)
	}
	return stdout, err
}

func (t *tested) checkpoint() string {
	return filepath.Join(t.dir, "run", "checkpoints", fmt.Sprintf("step-%d.safetensors", t.steps))
}

// train trains the network and returns what it makes of the test images.
func (t *tested) train() (*outputs, error) {
	logits := filepath.Join(t.dir, "logits.safetensors")
	for _, arguments := range [][]string{
		{"train", "--steps", strconv.Itoa(t.steps), "--seed", "1", "--data", t.set.data, "--out", filepath.Join(t.dir, "run"), "--log", "text"},
		{"eval", "--data", t.set.data, "--checkpoint", t.checkpoint(), "--logits", logits},
	} {
		if _, err := command(t.trainer, arguments...); err != nil {
			return nil, err
		}
	}
	f, err := checkpoint.Read(logits)
	if err != nil {
		return nil, err
	}
	z := f.Find("logits")
	if z == nil || len(z.Float32) != t.set.count*t.set.classes {
		return nil, fmt.Errorf("%s: got no logits of %d images, want them", logits, t.set.count)
	}
	return newOutputs(z.Float32, t.set.classes), nil
}

// model is an exported model.
type model struct {
	*tested
	path  string
	bytes bool // it takes bytes, and gives probabilities, too
}

func (m *model) export() error {
	arguments := []string{"export", "--format", "onnx", "--checkpoint", m.checkpoint(), "--out", m.path}
	if m.bytes {
		arguments = append(arguments, "--preprocess", "--softmax")
	}
	_, err := command(m.trainer, arguments...)
	return err
}

// check is ONNX's own, with the inference of all shapes.
func (m *model) check() error {
	_, err := command(python, "runtime/onnx/testdata/check.py", m.path)
	return err
}

// readBack compares every bit of the model's variables with the checkpoint's.
func (m *model) readBack() error {
	got, err := onnx.Read(m.path, network.HWIO)
	if err != nil {
		return err
	}
	want, err := checkpoint.Read(m.checkpoint())
	if err != nil {
		return err
	}
	for _, g := range got.Tensors {
		w := want.Find(g.Name)
		if w == nil || fmt.Sprint(g.Shape) != fmt.Sprint(w.Shape) {
			return fmt.Errorf("%s: got a variable %s of shape %v, want one of the checkpoint", m.path, g.Name, g.Shape)
		}
		for i, x := range w.Float32 {
			if math.Float32bits(x) != math.Float32bits(g.Float32[i]) {
				return fmt.Errorf("%s: %s[%d]: got %g back, want %g", m.path, g.Name, i, g.Float32[i], x)
			}
		}
	}
	return nil
}

// run returns what ONNX Runtime makes of the test images.
func (m *model) run() (*outputs, error) {
	images, logits, probabilities := m.set.float32s, m.path+".logits", m.path+".probabilities"
	arguments := []string{onnx.Logits + "=" + logits}
	if m.bytes {
		images, arguments = m.set.bytes, append(arguments, onnx.Probabilities+"="+probabilities)
	}
	text, err := command("node", append([]string{"tools/onnxtest/run.mjs", m.path, images, strconv.Itoa(batch)}, arguments...)...)
	if err != nil {
		return nil, err
	}
	var report struct{ ImagesPerSecond float64 }
	if err := json.Unmarshal(text, &report); err != nil {
		return nil, fmt.Errorf("run.mjs: %w", err)
	}
	z, err := m.read(logits)
	if err != nil {
		return nil, err
	}
	out := newOutputs(z, m.set.classes)
	out.imagesPerSecond = report.ImagesPerSecond
	if m.bytes {
		p, err := m.read(probabilities)
		if err != nil {
			return nil, err
		}
		out.checkProbabilities(p)
	}
	return out, nil
}

// read reads a file of float32 values, as many as the test images have logits.
func (m *model) read(path string) ([]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := make([]float32, m.set.count*m.set.classes)
	if len(raw) != 4*len(values) {
		return nil, fmt.Errorf("%s: got %d bytes, want %d", path, len(raw), 4*len(values))
	}
	_, err = binary.Decode(raw, binary.LittleEndian, values)
	return values, err
}
