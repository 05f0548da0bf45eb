package parity

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/internal/oracle"
	"github.com/resnetgen/resnetgen/internal/trainertest"
)

// The settings whose bits are compared: all with those of the first, on each level of this CPU.
// One, two and three threads split 16 groups of images into equal and unequal parts, five are more
// than any core here has.
var settings = allSettings()

func allSettings() (all []setting) {
	levels := cpu.Levels()
	for k, l := range slices.Backward(levels) {
		threads := []int{1, 3}
		if k == len(levels)-1 {
			threads = []int{1, 2, 3, 5}
		}
		for _, n := range threads {
			all = append(all, setting{l.String(), n})
		}
	}
	return all
}

// TestSameBitsStep compares what the step command writes under all settings, byte for byte.
func TestSameBitsStep(t *testing.T) {
	for _, n := range loadFixture(t).networks {
		for _, r := range n.runs {
			t.Run(n.name+"/"+r.name, func(t *testing.T) {
				want := n.step(t, settings[0], n.weights, r.batch, r.mode, stepRate)
				checkFinite(t, mustRead(t, want))
				for _, s := range settings[1:] {
					checkSameFile(t, s, n.step(t, s, n.weights, r.batch, r.mode, stepRate), want)
				}
			})
		}
	}
}

// TestSameBitsInference compares what the inference packages compute under all settings byte for
// byte: of a batch, whose images workers share, and of one image, whose rows they share.
func TestSameBitsInference(t *testing.T) {
	for _, n := range loadFixture(t).networks {
		t.Run(n.name, func(t *testing.T) {
			first := n.runs[0]
			size := len(first.images.Data) / first.images.Shape[0]
			image := &oracle.Tensor{Shape: slices.Concat([]int{1}, first.images.Shape[1:]), Data: first.images.Data[:size]}
			alone := filepath.Join(t.TempDir(), "alone.safetensors")
			if err := writeBatch(alone, image, first.labels[:1]); err != nil {
				t.Fatal(err)
			}
			for _, batch := range []string{first.batch, alone} {
				want := n.step(t, settings[0], n.weights, batch, "infer", stepRate)
				checkFinite(t, mustRead(t, want))
				for _, s := range settings[1:] {
					checkSameFile(t, s, n.step(t, s, n.weights, batch, "infer", stepRate), want)
				}
			}
		})
	}
}

const (
	runSteps  = 20
	runImages = 64 // of each split: a run is several epochs, so that the order is drawn anew
)

// TestSameBitsRun compares the checkpoints that whole training runs end with, byte for byte.
func TestSameBitsRun(t *testing.T) {
	for name, write := range map[string]func(*network) map[string][]byte{
		"basic_cifar":            cifarFiles,
		"bottleneck_four_stages": idxFiles,
		"basic_nesterov":         idxFiles,
		"bottleneck_adamw":       idxFiles,
	} {
		t.Run(name, func(t *testing.T) {
			n := loadFixture(t).network(t, name)
			data := t.TempDir()
			if err := trainertest.WriteFiles(data, write(n)); err != nil {
				t.Fatal(err)
			}
			want := n.train(t, settings[0], data, 1)
			tensors := mustRead(t, want)
			checkFinite(t, tensors)
			checkMoved(t, n, tensors)
			for _, s := range settings[1:] {
				checkSameFile(t, s, n.train(t, s, data, 1), want)
			}
			if other := n.train(t, settings[0], data, 2); len(differences(t, other, want)) == 0 {
				t.Error("runs from two seeds end with the same bits")
			}
		})
	}
}

// train runs the trainer on a folder of data and returns the path of the last checkpoint.
func (n *network) train(t *testing.T, s setting, data string, seed int) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run")
	n.trainer(t, s, "train", "--data", data, "--steps", fmt.Sprint(runSteps), "--seed", fmt.Sprint(seed), "--out", out)
	return filepath.Join(out, "checkpoints", fmt.Sprintf("step-%d.safetensors", runSteps))
}

// checkMoved fails the test unless the run has changed the network: moving averages and biases
// leave their start values only by training.
func checkMoved(t *testing.T, n *network, after map[string]*oracle.Tensor) {
	t.Helper()
	start := oracle.New(n.spec)
	for name, v := range start.InFiles(start.Tensors()) {
		switch got := after[name]; {
		case got == nil:
			t.Errorf("%s: the checkpoint has no such tensor", name)
		case slices.Equal(got.Data, v.Data):
			t.Errorf("%s: got the start values after %d steps", name, runSteps)
		}
	}
}

// checkFinite fails the test where a value is not finite: bits are promised for finite values only.
func checkFinite(t *testing.T, tensors map[string]*oracle.Tensor) {
	t.Helper()
	for name, v := range tensors {
		for _, x := range v.Data {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%s: got %g, want finite values", name, x)
			}
		}
	}
}

// checkSameFile fails the test unless two files have the same bytes, and names the tensors that
// differ.
func checkSameFile(t *testing.T, s setting, got, want string) {
	t.Helper()
	a, b := readBytes(t, got), readBytes(t, want)
	if bytes.Equal(a, b) {
		return
	}
	if names := differences(t, got, want); len(names) > 0 {
		t.Errorf("%v: got other bits than with %v in %d tensors, first in %s", s, settings[0], len(names), names[0])
		return
	}
	t.Errorf("%v: got the same tensors as with %v in another file", s, settings[0])
}

// differences returns the names of the tensors that are not the same, bit for bit.
func differences(t *testing.T, got, want string) []string {
	t.Helper()
	a, b := mustRead(t, got), mustRead(t, want)
	all := maps.Clone(a)
	maps.Copy(all, b)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if a[name] == nil || b[name] == nil || !sameBits(a[name].Data, b[name].Data) {
			names = append(names, name)
		}
	}
	return names
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func readBytes(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// cifarFiles returns random images as CIFAR-10's binary files: records of a label and three planes.
func cifarFiles(n *network) map[string][]byte {
	const (
		image      = 32 * 32 * 3
		fileImages = runImages / 8 // five files make the training set
	)
	r := n.random("data")
	files := map[string][]byte{}
	for _, name := range []string{
		"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin",
	} {
		for range fileImages {
			files[name] = append(files[name], byte(r.IntN(n.spec.Classes)))
			for range image {
				files[name] = append(files[name], byte(r.Uint32()))
			}
		}
	}
	return files
}

// idxFiles returns random images as IDX files, as MNIST's are named: big-endian sizes behind a
// magic number of the type (8, bytes) and the number of dimensions.
func idxFiles(n *network) map[string][]byte {
	r := n.random("data")
	files := map[string][]byte{}
	for _, split := range []string{"train", "t10k"} {
		images, labels := idxHeader(runImages, n.spec.Input.Height, n.spec.Input.Width), idxHeader(runImages)
		for range runImages {
			labels = append(labels, byte(r.IntN(n.spec.Classes)))
			for range n.spec.Input.Height * n.spec.Input.Width {
				images = append(images, byte(r.Uint32()))
			}
		}
		files[split+"-images-idx3-ubyte"], files[split+"-labels-idx1-ubyte"] = images, labels
	}
	return files
}

func idxHeader(sizes ...int) []byte {
	header := []byte{0, 0, 8, byte(len(sizes))}
	for _, size := range sizes {
		header = binary.BigEndian.AppendUint32(header, uint32(size))
	}
	return header
}
