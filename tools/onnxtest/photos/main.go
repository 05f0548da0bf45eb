// Photos runs exported networks for images of 224 pixels in ONNX Runtime and in OpenVINO, and holds
// their logits to the trainers':
//
//	go run ./tools/onnxtest/photos -trainers DIR -out DIR -python FILE
//
// The variables are random, the norms' statistics among them. The trainer's own logits are those of
// its evaluation and of its inference package. The last line is OK, or it exits 1.
//
// It runs in the module's root, where `make test-onnx-photos` has built the trainers.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
)

// bound is how far a logit may be off, as a share of the largest.
const bound = 1e-4

// The images of a comparison.
const (
	count  = 4
	pixels = 224
)

var engines = []string{"onnxruntime", "openvino"}

// test is what is run.
type test struct {
	trainers, out, python string
}

func main() {
	var t test
	flag.StringVar(&t.trainers, "trainers", "bin/onnx", "`folder` of the trainers")
	flag.StringVar(&t.out, "out", "runs/onnx-photos", "`folder` for variables and models")
	flag.StringVar(&t.python, "python", "bin/peers/bin/python", "the `file` of a Python that has onnxruntime and openvino: make peers")
	flag.Parse()
	bad, err := t.run([]string{"resnet18", "resnet50"})
	if err != nil {
		fmt.Fprintln(os.Stderr, "photos:", err)
		os.Exit(2)
	}
	if len(bad) > 0 {
		fmt.Printf("not so: %s\n", strings.Join(bad, "; "))
		os.Exit(1)
	}
	fmt.Println("OK")
}

// run tests all networks, prints a table, and returns what does not hold.
func (t *test) run(networks []string) (bad []string, err error) {
	fmt.Println("| network | logits of | largest logit | largest difference from eval | share |\n| --- | --- | --- | --- | --- |")
	for _, name := range networks {
		outputs, err := t.logits(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		want := outputs[0]
		for _, got := range outputs[1:] {
			largest, difference := compare(got.logits, want.logits)
			fmt.Printf("| %s | %s | %.4g | %.2g | %.1e |\n", name, got.by, largest, difference, difference/largest)
			if !(difference <= bound*largest) { // NaN stays
				bad = append(bad, fmt.Sprintf("%s, %s: got logits off by %g, want at most %g", name, got.by, difference, bound*largest))
			}
		}
	}
	return bad, nil
}

// output is what a program makes of the images.
type output struct {
	by     string
	logits []float32
}

// logits returns those of the trainer's evaluation, of its inference package, and of the engines.
func (t *test) logits(name string) (outputs []output, err error) {
	trainer, dir := filepath.Join(t.trainers, name), filepath.Join(t.out, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	weights, batch, model := filepath.Join(dir, "weights.safetensors"), filepath.Join(dir, "batch.safetensors"), filepath.Join(dir, "model.onnx")
	if err := run(trainer, "init", "--seed", "1", "--out", weights); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(1, 2))
	if err := randomizeNorms(weights, random); err != nil {
		return nil, err
	}
	images := randomImages(random)
	labels := checkpoint.Tensor{Name: "labels", Shape: []int{count}, Int64: make([]int64, count)}
	if err := store.Write(batch, &checkpoint.File{Tensors: []checkpoint.Tensor{images, labels}}); err != nil {
		return nil, err
	}
	for _, mode := range []string{"eval", "infer"} {
		out := filepath.Join(dir, mode+".safetensors")
		if err := run(trainer, "step", "--mode", mode, "--weights", weights, "--batch", batch, "--out", out); err != nil {
			return nil, err
		}
		f, err := checkpoint.Read(out)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output{"resnetgen " + mode, f.Find("logits").Float32})
	}
	if err := run(trainer, "export", "--force", "--format", "onnx", "--checkpoint", weights, "--out", model); err != nil {
		return nil, err
	}
	raw := filepath.Join(dir, "images.f32")
	if err := writeFloats(raw, images.Float32); err != nil {
		return nil, err
	}
	for _, engine := range engines {
		out := filepath.Join(dir, engine+".f32")
		if err := run(t.python, "tools/onnxtest/photos/run.py", engine, model, raw, fmt.Sprint(count), out); err != nil {
			return nil, err
		}
		logits, err := readFloats(out)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output{engine, logits})
	}
	return outputs, nil
}

// randomizeNorms gives the variables of one dimension, those of norms and biases, random values:
// from ½ to 1½ where the initial one is 1 (gammas, variances), else normal of deviation 0.1.
func randomizeNorms(path string, random *rand.Rand) error {
	f, err := checkpoint.Read(path)
	if err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if len(t.Shape) != 1 || t.Float32 == nil {
			continue
		}
		one := t.Float32[0] == 1
		for i := range t.Float32 {
			if one {
				t.Float32[i] = 0.5 + random.Float32()
			} else {
				t.Float32[i] = 0.1 * float32(random.NormFloat64())
			}
		}
	}
	return store.Write(path, f)
}

func randomImages(random *rand.Rand) checkpoint.Tensor {
	t := checkpoint.Tensor{Name: "images", Shape: []int{count, pixels, pixels, 3}}
	t.Float32 = make([]float32, checkpoint.Elements(t.Shape))
	for i := range t.Float32 {
		t.Float32[i] = float32(random.NormFloat64())
	}
	return t
}

// compare returns the largest logit that is wanted and the largest difference, both of absolute
// values.
func compare(got, want []float32) (largest, difference float64) {
	if len(got) != len(want) {
		return 0, math.NaN()
	}
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		difference = max(difference, math.Abs(float64(got[i])-float64(w))) // NaN stays
	}
	return largest, difference
}

// run runs a program, whose output is shown if it fails.
func run(name string, arguments ...string) error {
	out, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(slices.Insert(arguments, 0, name), " "), err, out)
	}
	return nil
}

func writeFloats(path string, values []float32) error {
	raw, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o644)
}

func readFloats(path string) ([]float32, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(raw)/4)
	_, err = binary.Decode(raw, binary.LittleEndian, values)
	return values, err
}
