package parity

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

const (
	gradPrefix     = "grad/"
	afterPrefix    = "after/"
	momentumSuffix = "/Momentum"
	stepName       = "global_step"
)

// writeBatch writes images and labels as `step` takes them: float32 and int64.
func writeBatch(path string, images *oracle.Tensor, labels []int) error {
	labelView, err := int64View([]uint64{uint64(len(labels))}, labels...)
	if err != nil {
		return err
	}
	imageView, err := float32View(images)
	if err != nil {
		return err
	}
	return writeViews(path, map[string]safetensors.TensorView{"images": imageView, "labels": labelView})
}

// int64View is a tensor of whole numbers.
func int64View(shape []uint64, values ...int) (safetensors.TensorView, error) {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint64(data, uint64(v))
	}
	return safetensors.NewTensorView(safetensors.I64, shape, data)
}

// writeTensors writes tensors as float32, but for the number of steps.
func writeTensors(path string, tensors map[string]*oracle.Tensor) error {
	views := map[string]safetensors.TensorView{}
	for name, t := range tensors {
		view, err := float32View(t)
		if name == stepName {
			view, err = int64View([]uint64{1}, int(t.Data[0])) // the library writes no scalars
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		views[name] = view
	}
	return writeViews(path, views)
}

func float32View(t *oracle.Tensor) (safetensors.TensorView, error) {
	shape := make([]uint64, len(t.Shape))
	for i, d := range t.Shape {
		shape[i] = uint64(d)
	}
	data := make([]byte, 0, 4*len(t.Data))
	for _, v := range t.Data {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(v)))
	}
	return safetensors.NewTensorView(safetensors.F32, shape, data)
}

func writeViews(path string, views map[string]safetensors.TensorView) error {
	content, err := safetensors.Serialize(views, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, content, 0o644)
}

// readTensors reads a file of float32 and float64 tensors.
func readTensors(path string) (map[string]*oracle.Tensor, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Deserialize(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	tensors := map[string]*oracle.Tensor{}
	for _, named := range file.Tensors() {
		t, err := decodeView(named.TensorView)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, named.Name, err)
		}
		tensors[named.Name] = t
	}
	return tensors, nil
}

func decodeView(view safetensors.TensorView) (*oracle.Tensor, error) {
	shape := make([]int, len(view.Shape()))
	for i, d := range view.Shape() {
		shape[i] = int(d)
	}
	t, data := oracle.NewTensor(shape...), view.Data()
	for i := range t.Data {
		switch view.DType() {
		case safetensors.F32:
			t.Data[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		case safetensors.F64:
			t.Data[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		case safetensors.I64:
			t.Data[i] = float64(int64(binary.LittleEndian.Uint64(data[8*i:])))
		default:
			return nil, fmt.Errorf("got type %s, want F32, F64 or I64", view.DType())
		}
	}
	return t, nil
}

// resultTensors names the oracle's result as `step` names what it writes.
func resultTensors(r oracle.Result) map[string]*oracle.Tensor {
	tensors := map[string]*oracle.Tensor{"logits": r.Logits, "xent": scalar(r.XEnt), "loss": scalar(r.Loss)}
	for name, t := range r.Grad {
		tensors[gradPrefix+name] = t
	}
	for name, t := range r.After {
		tensors[afterPrefix+name] = t
	}
	return tensors
}

func scalar(v float64) *oracle.Tensor { return &oracle.Tensor{Shape: []int{}, Data: []float64{v}} }

// afterTensors returns what a step's result holds below after/: the weights of the next step.
func afterTensors(result map[string]*oracle.Tensor) map[string]*oracle.Tensor {
	next := map[string]*oracle.Tensor{}
	for name, t := range result {
		if variable, ok := strings.CutPrefix(name, afterPrefix); ok {
			next[variable] = t
		}
	}
	return next
}
