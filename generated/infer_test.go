package generated_test

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
	infer164 "github.com/resnetgen/resnetgen/generated/resnet164/infer"
	infer20 "github.com/resnetgen/resnetgen/generated/resnet20/infer"
	infer32 "github.com/resnetgen/resnetgen/generated/resnet32/infer"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// model is what inference packages offer alike.
type model interface {
	Logits(dst, images []float32) error
	Close()
}

// inferences are the inference packages of [networks].
var inferences = []func(*checkpoint.File, engine.Options) (model, error){
	func(f *checkpoint.File, o engine.Options) (model, error) { return infer20.New(f, o) },
	func(f *checkpoint.File, o engine.Options) (model, error) { return infer32.New(f, o) },
	func(f *checkpoint.File, o engine.Options) (model, error) { return infer164.New(f, o) },
}

// trained returns a network whose variables, moving averages too, are no longer those of the start:
// what folding gets wrong shows.
func (n *compiled) trained(threads int) network.Network {
	net := n.fresh(threads)
	r := rand.New(rand.NewPCG(5, 6))
	for _, v := range net.Variables() {
		if len(v.Shape) > 1 {
			continue
		}
		for i := range v.Value {
			v.Value[i] = max(v.Value[i]+float32(r.NormFloat64())/5, 0.1)
		}
	}
	return net
}

func file(net network.Network) *checkpoint.File {
	f := &checkpoint.File{}
	for _, v := range net.Variables() {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: v.Name, Shape: v.Shape, Float32: v.Value})
	}
	return f
}

func inferred(t *testing.T, i, threads int, f *checkpoint.File, images []float32) []float32 {
	t.Helper()
	m, err := inferences[i](f, engine.Options{Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	n := networks[i].info
	logits := make([]float32, len(images)/(n.Input[0]*n.Input[1]*n.Input[2])*n.Classes)
	if err := m.Logits(logits, images); err != nil {
		t.Fatal(err)
	}
	return logits
}

// TestInference holds that an inference package has the logits of the trainer's evaluation, up to
// the rounding of folded weights: some 1e-6 a layer of the largest.
func TestInference(t *testing.T) {
	for i := range networks {
		n := &networks[i]
		t.Run(n.info.Name, func(t *testing.T) {
			net := n.trained(0)
			defer net.Close()
			images, _ := n.batch()
			want := net.Logits(images)
			got := inferred(t, i, 0, file(net), images)
			largest, bound := 0.0, 2e-5
			for _, z := range want {
				largest = max(largest, math.Abs(float64(z)))
			}
			for k := range want {
				if d := math.Abs(float64(got[k]) - float64(want[k])); !(d <= bound*largest) {
					t.Errorf("logit %d: got %g, want %g ± %g", k, got[k], want[k], bound*largest)
				}
			}
		})
	}
}

// TestInferenceSameBits holds that an image's logits are the same bits on every level of the CPU,
// on any number of workers, whether they share the image or not, and whatever is beside it.
func TestInferenceSameBits(t *testing.T) {
	for i := range networks {
		n := &networks[i]
		t.Run(n.info.Name, func(t *testing.T) {
			net := n.trained(0)
			defer net.Close()
			f, size := file(net), n.info.Input[0]*n.info.Input[1]*n.info.Input[2]
			one, _ := n.batch()
			one = one[:size]
			want := inferred(t, i, 1, f, one)
			for _, threads := range []int{2, 3, 5} {
				if got := inferred(t, i, threads, f, one); !slices.Equal(got, want) {
					t.Errorf("shared by %d workers: got %v, want %v", threads, got, want)
				}
				var many []float32
				for k := range 11 {
					many = append(many, one...)
					many[k*size] += float32(k % 3)
				}
				got := inferred(t, i, threads, f, many)
				for k := 0; k < 11; k += 3 {
					if !slices.Equal(got[k*n.info.Classes:][:n.info.Classes], want) {
						t.Errorf("image %d of 11 on %d workers: got other logits than alone", k, threads)
					}
				}
			}
			for _, level := range cpu.Levels() {
				restore := cpu.Set(level)
				got := inferred(t, i, 2, f, one)
				restore()
				if !slices.Equal(got, want) {
					t.Errorf("%s: got %v, want %v", level, got, want)
				}
			}
		})
	}
}

// TestPredict holds that pictures are taken as the trainer takes them, by one goroutine and by
// many, and that a call after the first allocates nothing.
func TestPredict(t *testing.T) {
	net := networks[0].trained(0)
	defer net.Close()
	m, err := infer20.New(file(net), engine.Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	r := rand.New(rand.NewPCG(7, 8))
	var photos []image.Image
	for i := range 30 {
		p := image.NewGray(image.Rect(0, 0, 40+i%2, 30))
		for k := range p.Pix {
			p.Pix[k] = byte(r.IntN(256))
		}
		photos = append(photos, p)
	}
	all, err := m.PredictBatch(nil, photos)
	if err != nil || len(all) != len(photos) {
		t.Fatalf("got %d predictions, error %v", len(all), err)
	}
	values, logits := make([]float32, infer20.Height*infer20.Width), make([]float32, infer20.Classes)
	var together sync.WaitGroup
	for i, p := range photos {
		together.Go(func() {
			if got, err := m.Predict(p); err != nil || got != all[i] {
				t.Errorf("image %d: got %+v, error %v, want %+v", i, got, err, all[i])
			}
		})
	}
	together.Wait()
	bytes, _ := preprocess.Fit(photos[3], [3]int{infer20.Height, infer20.Width, infer20.Channels}, preprocess.Options{})
	preprocess.Standardizer{}.Standardize(values, bytes)
	if err := m.Logits(logits, values); err != nil {
		t.Fatal(err)
	}
	if class := classify.Softmax(logits, logits); all[3].Class != class || all[3].Probabilities[class] != logits[class] || all[3].Label != infer20.Labels[class] {
		t.Errorf("got %+v, want class %d with %g", all[3], class, logits[class])
	}
	predict := func() {
		if _, err := m.Predict(photos[0]); err != nil {
			t.Error(err)
		}
	}
	batch := func() {
		if _, err := m.PredictBatch(all[:0], photos); err != nil {
			t.Error(err)
		}
	}
	photos = photos[:9:9]
	for i := range photos {
		photos[i] = photos[0]
	}
	for name, call := range map[string]func(){"Predict": predict, "PredictBatch": batch} {
		call()
		if n := testing.AllocsPerRun(10, call); n != 0 {
			t.Errorf("%s: got %g allocations a call, want 0", name, n)
		}
	}
	for name, p := range map[string]image.Image{
		"nothing": nil, "no pixels": image.NewGray(image.Rectangle{}), "no end": image.NewUniform(color.White),
		"nil *image.RGBA": (*image.RGBA)(nil), "nil *image.Paletted": (*image.Paletted)(nil), "nil *image.Uniform": (*image.Uniform)(nil),
	} {
		if _, err := m.Predict(p); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%s: got %v, want an error", name, err)
		}
		if _, err := m.PredictBatch(nil, []image.Image{photos[0], p}); err == nil || !strings.Contains(err.Error(), "image 1: ") {
			t.Errorf("%s in a batch: got %v, want an error that names image 1", name, err)
		}
	}
}

// TestClosedModel holds that every method of a closed model says so, and that what began before has
// its result.
func TestClosedModel(t *testing.T) {
	net := networks[0].trained(0)
	defer net.Close()
	p := image.NewGray(image.Rect(0, 0, 28, 28))
	for _, threads := range []int{1, 2, 16} {
		m, err := infer20.New(file(net), engine.Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		want, err := m.Predict(p)
		if err != nil {
			t.Fatal(err)
		}
		var calls sync.WaitGroup
		for range 4 {
			calls.Go(func() {
				for {
					switch got, err := m.Predict(p); {
					case errors.Is(err, infer20.ErrClosed):
						return
					case err != nil || got != want:
						t.Errorf("got %+v, error %v, want %+v", got, err, want)
						return
					}
				}
			})
		}
		m.Close()
		m.Close()
		calls.Wait()
		_, predict := m.Predict(p)
		_, batch := m.PredictBatch(nil, []image.Image{p})
		_, none := m.PredictBatch(nil, nil)
		logits := m.Logits(make([]float32, infer20.Classes), make([]float32, infer20.Height*infer20.Width))
		for name, err := range map[string]error{"Predict": predict, "PredictBatch": batch, "PredictBatch of none": none, "Logits": logits} {
			if !errors.Is(err, infer20.ErrClosed) || !errors.Is(err, engine.ErrClosed) {
				t.Errorf("%s on %d workers: got %v, want %v", name, threads, err, infer20.ErrClosed)
			}
		}
		if m.Labels() != infer20.Labels {
			t.Errorf("got the labels %v", m.Labels())
		}
	}
}

// TestClosedNet holds that a closed network's steps panic, and that its variables stay readable.
func TestClosedNet(t *testing.T) {
	n := &networks[0]
	images, labels := n.batch()
	for _, threads := range []int{1, 2} {
		net := n.fresh(threads)
		net.TrainStep(images, labels, 0.1)
		want := net.Variables()[0].Value[0]
		net.Close()
		net.Close()
		for name, call := range map[string]func(){
			"TrainStep": func() { net.TrainStep(images, labels, 0.1) },
			"Eval":      func() { net.Eval(images, labels) },
			"Logits":    func() { net.Logits(images) },
		} {
			func() {
				defer func() {
					if got := recover(); got != network.ErrClosed {
						t.Errorf("%s on %d workers: got a panic of %v, want %v", name, threads, got, network.ErrClosed)
					}
				}()
				call()
			}()
		}
		if got := net.Variables()[0].Value[0]; got != want {
			t.Errorf("got a first value of %g, want %g", got, want)
		}
	}
}

// TestLabels holds that classes have the names that the checkpoint says, of others the spec's.
func TestLabels(t *testing.T) {
	net := networks[0].trained(0)
	defer net.Close()
	f := file(net)
	f.Metadata = map[string]string{checkpoint.LabelsKey: `["ash","birch"]`}
	m, err := infer20.New(f, engine.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	want := [infer20.Classes]string{"ash", "birch"}
	for i := 2; i < len(want); i++ {
		want[i] = fmt.Sprint("class ", i)
	}
	p, err := m.Predict(image.NewGray(image.Rect(0, 0, 28, 28)))
	if err != nil || m.Labels() != want || p.Label != want[p.Class] {
		t.Errorf("got %q, of class %d %q (%v), want %q", m.Labels(), p.Class, p.Label, err, want)
	}
	f.Metadata[checkpoint.LabelsKey] = `"ash"`
	if _, err := infer20.New(f, engine.Options{Threads: 1}); err == nil || !strings.Contains(err.Error(), "resnet20: labels: got") {
		t.Errorf("got error %v, want one of the labels", err)
	}
	f.Metadata = nil
	other, err := infer20.New(f, engine.Options{Threads: 1})
	if err != nil || other.Labels() != infer20.Labels {
		t.Fatalf("a checkpoint that says none: got error %v, or others than the spec's", err)
	}
	other.Close()
}

// TestInferenceVariables holds that each variable that does not fit is named.
func TestInferenceVariables(t *testing.T) {
	net := networks[0].fresh(1)
	defer net.Close()
	for want, change := range map[string]func(f *checkpoint.File){
		"unit_1_0/sub1/conv1/DW: missing": func(f *checkpoint.File) { f.Find("unit_1_0/sub1/conv1/DW").Name = "other" },
		"logit/biases: got float32 of shape [2], want float32 of shape [10]": func(f *checkpoint.File) {
			b := f.Find("logit/biases")
			b.Shape, b.Float32 = []int{2}, b.Float32[:2]
		},
		"variable logit/DW: got NaN at element 1": func(f *checkpoint.File) {
			w := f.Find("logit/DW")
			w.Float32 = slices.Clone(w.Float32)
			w.Float32[1] = float32(math.NaN())
		},
		"unit_last/final_bn/moving_variance: got -1": func(f *checkpoint.File) {
			w := f.Find("unit_last/final_bn/moving_variance")
			w.Float32 = slices.Clone(w.Float32)
			w.Float32[0] = -1
		},
	} {
		f := file(net)
		change(f)
		if _, err := infer20.New(f, engine.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}
