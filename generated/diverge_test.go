package generated_test

import (
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// poisoner is a network that finds one of its variables poisoned in its second step.
type poisoner struct {
	network.Network
	variable string
	value    float64
	steps    int
}

func (p *poisoner) poison() {
	for _, v := range p.Variables() {
		if v.Name == p.variable {
			v.Value[len(v.Value)/2] = float32(p.value)
		}
	}
}

func (p *poisoner) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	if p.steps++; p.steps == 2 {
		p.poison()
	}
	return p.Network.TrainStep(images, labels, rate)
}

// before poisons a variable between two steps: the trainer may see it there.
type before struct {
	train.Progress
	p *poisoner
}

func (b before) Start(int, int, int)                                          {}
func (b before) Step(step int, _ network.Metrics, _ float64, _ time.Duration) { b.p.poison() }
func (b before) Evaluated(int, int, network.Metrics, bool)                    {}
func (b before) Stop()                                                        {}

// diverge trains a network on a few images until that fails, and returns how.
func (n *compiled) diverge(t *testing.T, net network.Network, progress train.Progress, rate, ema float64) error {
	t.Helper()
	set := &dataset.Set{Name: "noise", Height: n.info.Input[0], Width: n.info.Input[1], Channels: n.info.Input[2], Classes: n.info.Classes}
	for i := range n.images {
		for p := range set.Size() {
			set.Images = append(set.Images, byte(p*p*(i+3)))
		}
		set.Labels = append(set.Labels, int32(i))
	}
	_, err := train.Run(t.Context(), train.Options{
		Info: n.info, Net: net, Train: set, Test: set, Steps: 5, Seed: 1, Progress: progress,
		Recipe: recipe.Recipe{Schedule: recipe.Schedule{Kind: "constant", Value: rate}, Augment: dataset.Augment{Flip: "none"}, EMA: ema},
		Out:    runs.Folder(filepath.Join(t.TempDir(), "run")),
	})
	var f *runs.Failure
	if !errors.As(err, &f) {
		t.Fatalf("got error %v, want a failure", err)
	}
	return err
}

// TestFirstLayer poisons variables, both where the trainer sees it before the step and where it
// does not, and holds that the layer is named in which that shows first.
func TestFirstLayer(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	n := networks[0]
	n.images = 1
	net := n.build(network.Options{Threads: 2})
	defer net.Close()
	for _, c := range []struct {
		variable string
		value    float64
		layer    string // of the variable
	}{
		{"unit_2_1/sub1/conv1/DW", nan, "unit_2_1/sub1"},
		{"unit_2_1/sub2/bn2/gamma", inf, "unit_2_1/sub2"},
		{"unit_3_0/residual_only_activation/init_bn/beta", nan, "unit_3_0/sub1"},
		{"logit/biases", nan, "logit"},
	} {
		for _, hidden := range []bool{false, true} {
			for _, v := range net.Variables() {
				for _, slot := range v.Slots {
					clear(slot.Value) // the momentum of the case before
				}
			}
			p := &poisoner{Network: net, variable: c.variable, value: c.value}
			var progress train.Progress = &before{p: p}
			what, want := "step 1: got a loss of NaN on the test set", "first in layer "+c.layer+", where "+c.variable+"["
			if hidden {
				what = "step 2: got a loss of NaN, want"
				progress = &before{p: &poisoner{Network: p.Network}}
				want = "first in layer " + c.layer + ";"
			}
			err := n.diverge(t, p, progress, 0.01, 0)
			if !strings.HasPrefix(err.Error(), what) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, hidden %v: got %q, want %q", c.variable, hidden, err, want)
			}
		}
	}
}

// overflowing is a network that finds a variable's values, all of them, near the largest number
// when it is first evaluated.
type overflowing struct {
	network.Network
	variable string
}

func (o *overflowing) Eval(images []float32, labels []int32) network.Metrics {
	for _, v := range o.Variables() {
		if v.Name == o.variable {
			for i := range v.Value {
				v.Value[i] = math.MaxFloat32 / 2
			}
			o.variable = ""
		}
	}
	return o.Network.Eval(images, labels)
}

// TestFirstLayerInTest lets an evaluation, of variables that are numbers, exceed what numbers there
// are in a layer, and holds that this layer is named.
func TestFirstLayerInTest(t *testing.T) {
	n := networks[0]
	n.images = 1
	for variable, layer := range map[string]string{
		"init/init_conv/DW":                              "init/init_conv",
		"unit_1_1/sub2/conv2/DW":                         "unit_1_1/sub2",
		"unit_2_0/sub1/conv1/DW":                         "unit_2_0/sub1",
		"unit_3_0/residual_only_activation/init_bn/beta": "unit_3_0/sub1",
		"unit_3_2/sub2/bn2/gamma":                        "unit_3_2/sub2",
		"logit/DW":                                       "logit",
	} {
		for _, ema := range []float64{0, 0.5} { // by the variables, and by their averages
			net := n.build(network.Options{Threads: 2})
			err := n.diverge(t, &overflowing{net, variable}, &before{p: &poisoner{Network: net}}, 0.01, ema)
			net.Close()
			if !strings.Contains(err.Error(), " on the test set, want a finite number: the training has diverged, first in layer "+layer+";") {
				t.Errorf("%s: got %q, want layer %s", variable, err, layer)
			}
		}
	}
}

// TestDivergingRate holds that a learning rate that is too high is told from the layer where it
// shows: init_conv has weights of some 1e30, which its images leave below 3e38; then come as large
// weights again.
func TestDivergingRate(t *testing.T) {
	n := networks[0]
	n.images = 1
	net := n.build(network.Options{Threads: 2})
	defer net.Close()
	err := n.diverge(t, net, &before{p: &poisoner{Network: net}}, 1e30, 0)
	if !strings.HasPrefix(err.Error(), "step 1: got a loss of ") || !strings.Contains(err.Error(), "the training has diverged, first in layer unit_1_0/sub1;") {
		t.Errorf("got %q, want the first layer", err)
	}
}
