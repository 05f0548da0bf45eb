package oracle

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/internal/trainertest"
	"github.com/resnetgen/resnetgen/spec"
)

// baseSpec is a small network.
const baseSpec = `
name: small
input: {height: 8, width: 8, channels: 3}
classes: 5
filters: [4, 4, 6, 8]
units: 1
train: {batch: 4, weight_decay: 0.01}
`

// baseNet returns the net of baseSpec for a test to change.
func baseNet(t *testing.T) *spec.Net {
	t.Helper()
	net, err := spec.Parse("small.yaml", []byte(baseSpec))
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// batchFor returns random images and labels for a spec's training batch.
func batchFor(s *spec.Net, r *rand.Rand) (images []float64, labels []int) {
	images = randomTensor(r, s.Train.Batch, s.Input.Height, s.Input.Width, s.Input.Channels).Data
	for range s.Train.Batch {
		labels = append(labels, r.IntN(s.Classes))
	}
	return images, labels
}

// The published networks with their number of parameters (moving averages not counted).
func TestParameterCounts(t *testing.T) {
	basic, bottleneck := []int{16, 16, 32, 64}, []int{16, 64, 128, 256}
	for _, c := range []struct {
		name       string
		units      int
		filters    []int
		bottleneck bool
		want       int
	}{
		{"ResNet-20", 3, basic, false, 269722},
		{"ResNet-32", 5, basic, false, 464154},
		{"ResNet-110", 18, basic, false, 1727962},
		{"ResNet-164", 18, bottleneck, true, 1703258},
		{"ResNet-1001", 111, bottleneck, true, 10327706},
		{"WRN-28-10", 4, []int{16, 160, 320, 640}, false, 36220634},
	} {
		s := baseNet(t)
		s.Classes, s.Filters, s.Bottleneck, s.Units = 10, c.filters, c.bottleneck, []int{c.units, c.units, c.units}
		if c.bottleneck {
			s.Shortcut = "projection"
			for _, out := range c.filters[1:] {
				s.InnerFilters = append(s.InnerFilters, out/4)
			}
		}
		got := 0
		for _, v := range New(s).Variables() {
			if v.Trainable {
				got += len(v.Value.Data)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %d parameters, want %d", c.name, got, c.want)
		}
	}
}

// declaration is a variable as network.md's list of names gives it.
type declaration struct {
	Name  string
	Shape []int
}

func norm(scope string, channels int) []declaration {
	var ds []declaration
	for _, name := range []string{"beta", "gamma", "moving_mean", "moving_variance"} {
		ds = append(ds, declaration{scope + "/" + name, []int{channels}})
	}
	return ds
}

func weight(name string, shape ...int) []declaration { return []declaration{{name + "/DW", shape}} }

func TestVariables(t *testing.T) {
	basic := baseNet(t)
	basic.Filters, basic.Strides, basic.Units = []int{4, 4, 6}, []int{1, 2}, []int{1, 2}
	bottleneck := baseNet(t)
	bottleneck.Shortcut, bottleneck.InnerFilters = "projection", []int{2, 2, 2}
	bottleneck.Bottleneck, bottleneck.Filters, bottleneck.Strides, bottleneck.Units = true, []int{3, 8, 8, 8}, []int{1, 1, 2}, []int{1, 1, 1}
	tail := func(in int) [][]declaration {
		return [][]declaration{norm("unit_last/final_bn", in), weight("logit", in, 5), {{"logit/biases", []int{5}}}}
	}
	for _, c := range []struct {
		name string
		spec *spec.Net
		want [][]declaration
	}{
		{"basic", basic, append([][]declaration{
			weight("init/init_conv", 3, 3, 3, 4),
			norm("unit_1_0/shared_activation/init_bn", 4),
			weight("unit_1_0/sub1/conv1", 3, 3, 4, 4),
			norm("unit_1_0/sub2/bn2", 4),
			weight("unit_1_0/sub2/conv2", 3, 3, 4, 4),
			norm("unit_2_0/residual_only_activation/init_bn", 4),
			weight("unit_2_0/sub1/conv1", 3, 3, 4, 6),
			norm("unit_2_0/sub2/bn2", 6),
			weight("unit_2_0/sub2/conv2", 3, 3, 6, 6),
			norm("unit_2_1/residual_only_activation/init_bn", 6),
			weight("unit_2_1/sub1/conv1", 3, 3, 6, 6),
			norm("unit_2_1/sub2/bn2", 6),
			weight("unit_2_1/sub2/conv2", 3, 3, 6, 6),
		}, tail(6)...)},
		{"bottleneck", bottleneck, append([][]declaration{
			weight("init/init_conv", 3, 3, 3, 3),
			norm("unit_1_0/common_bn_relu/init_bn", 3),
			weight("unit_1_0/sub1/conv1", 1, 1, 3, 2),
			norm("unit_1_0/sub2/bn2", 2),
			weight("unit_1_0/sub2/conv2", 3, 3, 2, 2),
			norm("unit_1_0/sub3/bn3", 2),
			weight("unit_1_0/sub3/conv3", 1, 1, 2, 8),
			weight("unit_1_0/sub_add/project", 1, 1, 3, 8),
			norm("unit_2_0/residual_bn_relu/init_bn", 8),
			weight("unit_2_0/sub1/conv1", 1, 1, 8, 2),
			norm("unit_2_0/sub2/bn2", 2),
			weight("unit_2_0/sub2/conv2", 3, 3, 2, 2),
			norm("unit_2_0/sub3/bn3", 2),
			weight("unit_2_0/sub3/conv3", 1, 1, 2, 8),
			norm("unit_3_0/residual_bn_relu/init_bn", 8),
			weight("unit_3_0/sub1/conv1", 1, 1, 8, 2),
			norm("unit_3_0/sub2/bn2", 2),
			weight("unit_3_0/sub2/conv2", 3, 3, 2, 2),
			norm("unit_3_0/sub3/bn3", 2),
			weight("unit_3_0/sub3/conv3", 1, 1, 2, 8),
			weight("unit_3_0/sub_add/project", 1, 1, 8, 8), // in = out, but the stride is 2
		}, tail(8)...)},
	} {
		var got []declaration
		for _, v := range New(c.spec).Variables() {
			got = append(got, declaration{v.Name, v.Value.Shape})
		}
		if diff := cmp.Diff(slices.Concat(c.want...), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// gradientCases are the small networks whose gradients are checked.
var gradientCases = []struct {
	name   string
	change func(*spec.Net)
}{
	{"basic, three stages", func(*spec.Net) {}},
	{"basic, leak 0", func(s *spec.Net) { s.ReluLeakiness = 0 }},
	{"basic, activate none, two units", func(s *spec.Net) {
		s.ActivateBeforeResidual, s.Units = []bool{false, false, false}, []int{2, 1, 2}
	}},
	{"basic, activate all", func(s *spec.Net) { s.ActivateBeforeResidual = []bool{true, true, true} }},
	{"basic, in = out, stride 2", func(s *spec.Net) {
		s.Filters, s.ActivateBeforeResidual = []int{4, 4, 4, 4}, []bool{false, true, false}
	}},
	{"basic, one stage, one channel, odd size", func(s *spec.Net) {
		s.Input = spec.Input{Height: 7, Width: 5, Channels: 1}
		s.Filters, s.Strides, s.Units, s.ActivateBeforeResidual = []int{3, 5}, []int{1}, []int{2}, []bool{false}
	}},
	{"basic, stride 3, odd size, sgd, batch 1", func(s *spec.Net) {
		s.Input, s.Train.Batch, s.Train.Optimizer = spec.Input{Height: 9, Width: 9, Channels: 2}, 1, "sgd"
		s.Filters, s.Strides, s.Units, s.ActivateBeforeResidual = []int{3, 5}, []int{3}, []int{2}, []bool{true}
	}},
	{"basic, post-activation, projections with norms, odd size", func(s *spec.Net) {
		s.Unit, s.Shortcut, s.Input = "post-activation", "projection-bn", spec.Input{Height: 7, Width: 5, Channels: 1}
		s.Filters, s.Strides, s.Units, s.ReluLeakiness = []int{3, 4, 7}, []int{1, 2}, []int{1, 2}, 0
		s.BatchNorm.LastGamma = 1
	}},
	{"bottleneck, post-activation, subsampling, odd size", func(s *spec.Net) {
		s.Unit, s.Bottleneck, s.Shortcut, s.Input = "post-activation", true, "subsample-pad", spec.Input{Height: 7, Width: 5, Channels: 1}
		s.Filters, s.InnerFilters, s.Strides, s.Units = []int{4, 8, 12}, []int{2, 3}, []int{1, 2}, []int{1, 2}
		s.BatchNorm.LastGamma = 1
	}},
	{"bottleneck, the 3×3 strides, more inner channels", func(s *spec.Net) {
		s.Bottleneck, s.Shortcut, s.Filters, s.InnerFilters = true, "projection", []int{4, 6, 5, 4}, []int{2, 7, 3}
		s.BottleneckStride = "middle"
	}},
	{"bottleneck, three stages", func(s *spec.Net) {
		s.Bottleneck, s.Shortcut, s.Filters, s.InnerFilters = true, "projection", []int{4, 8, 12, 16}, []int{2, 3, 4}
	}},
	{"bottleneck, leak 0, activate none", func(s *spec.Net) {
		s.Bottleneck, s.Shortcut, s.Filters, s.ReluLeakiness = true, "projection", []int{4, 8, 12, 16}, 0
		s.InnerFilters, s.ActivateBeforeResidual = []int{2, 3, 4}, []bool{false, false, false}
	}},
	{"bottleneck, four stages, in = out, odd size, stride 2", func(s *spec.Net) {
		s.Bottleneck, s.Shortcut, s.Input = true, "projection", spec.Input{Height: 9, Width: 7, Channels: 1}
		s.Filters, s.Strides, s.Units = []int{5, 8, 8, 16, 12}, []int{1, 2, 1, 2}, []int{1, 1, 2, 1}
		s.InnerFilters = []int{2, 2, 4, 3}
		s.ActivateBeforeResidual = []bool{true, true, false, false}
	}},
	{"bottleneck, activate all, stride 3, odd size, sgd, batch 1", func(s *spec.Net) {
		s.Bottleneck, s.Shortcut, s.Input = true, "projection", spec.Input{Height: 8, Width: 5, Channels: 2}
		s.Train.Batch, s.Train.Optimizer, s.Train.WeightDecay = 1, "sgd", 0
		s.Filters, s.Strides, s.Units, s.ActivateBeforeResidual = []int{3, 8}, []int{3}, []int{2}, []bool{true}
		s.InnerFilters, s.BatchNorm = []int{2}, spec.BatchNorm{Epsilon: 0.1, Decay: 0.5}
	}},
}

// TestNetGradients checks whole networks against finite differences of the loss, at up to eight
// random elements of every variable: gradientCases, and the choices that specs offer. Where a kink
// lies within the stencil, the loss has no derivative to compare with: such elements are drawn
// again.
func TestNetGradients(t *testing.T) {
	for k, c := range gradientCases {
		t.Run(c.name, func(t *testing.T) {
			s := baseNet(t)
			c.change(s)
			checkGradients(t, rand.New(rand.NewPCG(uint64(k), 2)), s)
		})
	}
	choices, err := trainertest.Choices()
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range choices {
		if c.Key == "algorithm" || c.Key == "train.optimizer" {
			continue // no part of a gradient
		}
		t.Run(c.Spec.Name, func(t *testing.T) {
			c.Spec.Train.Batch = 3
			checkGradients(t, rand.New(rand.NewPCG(uint64(k), 3)), c.Spec)
		})
	}
}

func checkGradients(t *testing.T, r *rand.Rand, s *spec.Net) {
	t.Helper()
	n := New(s)
	n.Randomize(r)
	images, labels := batchFor(s, r)
	result := n.Step(images, labels, 0.1, true)
	for _, v := range n.Variables() {
		if v.Trainable {
			checkVariable(t, r, n, v, result, images, labels)
		}
	}
}

func checkVariable(t *testing.T, r *rand.Rand, n *Net, v *Variable, result Result, images []float64, labels []int) {
	t.Helper()
	const points = 8
	gradient := result.Grad[v.Name]
	checked := 0
	for range 4 * points {
		i := r.IntN(len(v.Value.Data))
		smooth := true
		want := derivative(v.Value.Data, i, func() float64 {
			f := n.forward(images, labels, true)
			smooth = smooth && sameSigns(f.kinks, result.Kinks)
			return f.loss
		})
		if !smooth {
			continue
		}
		if got := gradient.Data[i]; !(math.Abs(got-want) <= gradientBound(gradient)) {
			t.Errorf("%s[%d]: got gradient %g, finite differences give %g", v.Name, i, got, want)
		}
		if checked++; checked == points {
			return
		}
	}
	t.Errorf("%s: only %d points away from kinks, want %d", v.Name, checked, points)
}

func sameSigns(a, b []*Tensor) bool {
	for k := range a {
		for i, v := range a[k].Data {
			if (v < 0) != (b[k].Data[i] < 0) {
				return false
			}
		}
	}
	return true
}

// TestUpdate checks what a step makes of its gradients, by the optimizers' equations.
func TestUpdate(t *testing.T) {
	for _, optimizer := range []string{"sgd", "mom"} {
		s := baseNet(t)
		s.Train.Optimizer = optimizer
		n := New(s)
		r := rand.New(rand.NewPCG(7, 7))
		n.Randomize(r)
		images, labels := batchFor(s, r)
		const lr = 0.05
		result := n.Step(images, labels, lr, true)
		if got, want := len(result.After), len(n.Tensors()); got != want {
			t.Errorf("%s: got %d tensors after the step, want %d", optimizer, got, want)
		}
		for _, v := range n.Variables() {
			if !v.Trainable {
				continue
			}
			for i, before := range v.Value.Data {
				step := result.Grad[v.Name].Data[i]
				if optimizer == "mom" {
					step += s.Train.Momentum * v.Slots[0].Value.Data[i]
				}
				if got, want := result.After[v.Name].Data[i], before-lr*step; math.Abs(got-want) > 1e-15 {
					t.Fatalf("%s: %s[%d]: got %g after the step, want %g", optimizer, v.Name, i, got, want)
				}
			}
		}
	}
}

// TestMovingAverages checks that evaluation takes the moving averages: with the batch's own moments
// in their place, it gives the logits of training.
func TestMovingAverages(t *testing.T) {
	s := baseNet(t)
	s.BatchNorm.Decay = 0 // one training step makes the moving averages the batch's moments
	n := New(s)
	r := rand.New(rand.NewPCG(8, 8))
	n.Randomize(r)
	images, labels := batchFor(s, r)
	train := n.Step(images, labels, 0, true)
	before := n.Step(images, labels, 0, false)
	n.Assign(train.After)
	after := n.Step(images, labels, 0, false)
	if before.Loss == train.Loss || math.Abs(after.Loss-train.Loss) > 1e-12 {
		t.Errorf("got losses %g before and %g after, want only the latter near training's %g", before.Loss, after.Loss, train.Loss)
	}
	if after.Grad != nil || after.After != nil {
		t.Error("evaluation gave gradients or updated variables")
	}
}

// TestTraining checks that steps along the gradients lower the loss on a fixed batch.
func TestTraining(t *testing.T) {
	s := baseNet(t)
	n := New(s)
	r := rand.New(rand.NewPCG(9, 9))
	n.Randomize(r)
	images, labels := batchFor(s, r)
	first := n.Step(images, labels, 0, false).Loss
	last := first
	for range 30 {
		result := n.Step(images, labels, 0.05, true)
		n.Assign(result.After)
		last = result.Loss
	}
	if !(last < first/2) {
		t.Errorf("got loss %g after 30 steps from %g, want less than half", last, first)
	}
}
