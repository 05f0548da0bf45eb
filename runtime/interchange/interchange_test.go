package interchange

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// info has two weights and a batch norm's moving mean.
func info(optimizer string) *network.Info {
	return &network.Info{
		Optimizer: optimizer, Classes: 3, Layers: []network.Layer{{Unit: "unit_1_0"}},
		Ops: []network.Op{{Kind: network.Conv}, {Kind: network.Normalize}, {Kind: network.Dense}},
		Variables: []network.VariableInfo{
			{Name: "init/init_conv/DW", Shape: []int{2, 2}, Trainable: true, Init: network.Normal, Scale: 1},
			{Name: "unit_last/final_bn/moving_mean", Shape: []int{2}, Op: 1, Role: network.MovingMean},
			{Name: "logit/DW", Shape: []int{2, 3}, Op: 2, Trainable: true, Init: network.Uniform, Scale: 1},
			{Name: "logit/biases", Shape: []int{3}, Op: 2, Role: network.Bias, Trainable: true, Init: network.Zeros},
		},
	}
}

// source has float32 tensors of names and shapes; a name with a "!" is int64.
func source(tensors map[string][]int) *Source {
	f := &checkpoint.File{}
	k := float32(0)
	for name, shape := range tensors {
		t := checkpoint.Tensor{Name: strings.TrimSuffix(name, "!"), Shape: shape}
		if n := checkpoint.Elements(shape); t.Name != name {
			t.Int64 = slices.Repeat([]int64{7}, n)
		} else {
			k++
			t.Float32 = slices.Repeat([]float32{k}, n)
		}
		f.Tensors = append(f.Tensors, t)
	}
	return &Source{File: f}
}

// official is the model's, under a scope.
func official(scope string) map[string][]int {
	return map[string][]int{
		scope + "init/init_conv/DW": {2, 2}, scope + "unit_last/final_bn/moving_mean": {2},
		scope + "logit/DW": {2, 3}, scope + "logit/biases": {3},
	}
}

func with(a map[string][]int, more map[string][]int) map[string][]int {
	for name, shape := range more {
		a[name] = shape
	}
	return a
}

// names lists where the rows come from.
func names(rows []checkpoint.Expected) (all []string) {
	for _, r := range rows {
		all = append(all, fmt.Sprintf("%s=%s", r.Name, r.Source))
	}
	return all
}

func namesOf(others []checkpoint.TensorInfo) (all []string) {
	for _, o := range others {
		all = append(all, o.Name)
	}
	return all
}

// TestScopes holds that variables are found under any scope, with what belongs to them.
func TestScopes(t *testing.T) {
	for _, scope := range []string{"", "resnet/", "a/model/"} {
		more := map[string][]int{"global_step!": {}, "learning_rate": {}, "tower/biased": {}}
		bn := "unit_last/final_bn/"
		for name, shape := range map[string][]int{
			"logit/DW/Momentum": {2, 3}, scope + "logit/biases/Momentum": {3}, "logit/DW/ExponentialMovingAverage": {2, 3},
			bn + scope + bn + "moving_mean/biased": {2}, bn + "moving_mean/local_step_1": {}, "beta1_power": {},
		} {
			more[scope+name] = shape
		}
		s := source(with(official(scope), more))
		s.Unsupported = []checkpoint.TensorInfo{{Name: "graph", Type: "string", Shape: []int{}}}
		r, err := Match(info("mom"), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		at := func(name string) string { return name + "=" + scope + name }
		want := []string{
			at("init/init_conv/DW"), at("unit_last/final_bn/moving_mean"), at("logit/DW"), at("logit/DW/Momentum"),
			at("logit/DW/ExponentialMovingAverage"), at("logit/biases"), "logit/biases/Momentum=" + scope + scope + "logit/biases/Momentum",
			"global_step=global_step",
		}
		if diff := cmp.Diff(want, names(r.Matched)); diff != "" || r.Scope != scope {
			t.Errorf("scope %q, got %q: matched (−want +got):\n%s", scope, r.Scope, diff)
		}
		if diff := cmp.Diff([]string{"init/init_conv/DW/Momentum="}, names(r.Missing)); diff != "" {
			t.Errorf("scope %q: missing (−want +got):\n%s", scope, diff)
		}
		if len(r.Extras) != 3 || !slices.Equal(namesOf(r.Unexpected), []string{"graph", "learning_rate", "tower/biased"}) {
			t.Errorf("scope %q: got extras %v, left over %v", scope, r.Extras, r.Unexpected)
		}
		if err := r.Check(false); err != nil {
			t.Errorf("scope %q: %v", scope, err)
		}
		tensors := r.Tensors(s)
		if last := tensors[len(tensors)-1]; len(tensors) != len(r.Matched) || last.Name != "global_step" || last.Int64[0] != 7 {
			t.Errorf("got %d tensors, the last %+v", len(tensors), last)
		}
	}
}

// TestScopeChoice holds what is done where variables are under several scopes.
func TestScopeChoice(t *testing.T) {
	two := source(with(official("teacher/"), official("student/")))
	if _, err := Match(info("mom"), two, nil); err == nil || !strings.Contains(err.Error(), `got 4 variables each under the scopes ["student/" "teacher/"]`) {
		t.Errorf("got error %v", err)
	}
	given := "teacher"
	r, err := Match(info("mom"), two, &given)
	if err != nil || r.Scope != "teacher/" || len(r.Unexpected) != 4 || r.Check(false) != nil {
		t.Errorf("got %+v (%v), want the given scope's", r, err)
	}
	more := source(with(official("resnet/"), map[string][]int{"other/logit/DW": {2, 3}}))
	if r, err := Match(info("mom"), more, nil); err != nil || r.Scope != "resnet/" {
		t.Errorf("got %+v (%v), want the scope of most", r, err)
	}
	none := ""
	if r, err := Match(info("mom"), more, &none); err != nil || !errors.Is(r.Check(true), ErrMissing) {
		t.Errorf("got %+v (%v), want no variable without a scope", r, err)
	}
}

// TestSlots holds which slots belong to which optimizer.
func TestSlots(t *testing.T) {
	for optimizer, want := range map[string][]string{"sgd": nil, "nesterov": {"Momentum"}, "adamw": {"Adam", "Adam_1"}} {
		s := source(with(official(""), map[string][]int{"logit/DW/Momentum": {2, 3}, "logit/DW/Adam": {2, 3}, "logit/DW/Adam_1": {2, 3}}))
		r, err := Match(info(optimizer), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range r.Matched {
			if row.Kind == checkpoint.Slot {
				got = append(got, strings.TrimPrefix(row.Name, "logit/DW/"))
			}
		}
		if !slices.Equal(got, want) || len(r.Unexpected) != 3-len(want) {
			t.Errorf("%s: got slots %v, left over %v, want %v", optimizer, got, r.Unexpected, want)
		}
	}
}

// TestCheck holds what is said of a source that does not fit.
func TestCheck(t *testing.T) {
	lacks := official("m/")
	delete(lacks, "m/init/init_conv/DW")
	double := source(lacks)
	double.Unsupported = []checkpoint.TensorInfo{{Name: "m/init/init_conv/DW", Type: "float64", Shape: []int{2, 2}}}
	other := with(official("m/"), map[string][]int{"m/logit/DW": {2, 100}, "m/logit/biases": {100}})
	for want, c := range map[string]struct {
		s       *Source
		partial bool
	}{
		"1 variables are missing (--partial initializes them):\n  init/init_conv/DW":                      {source(lacks), false},
		"m/init/init_conv/DW: got float64 of shape [2 2], want float32 of shape [2 2]":                    {double, true},
		"m/init/init_conv/DW: got float32 of shape [4], want float32 of shape [2 2]":                      {source(with(official("m/"), map[string][]int{"m/init/init_conv/DW": {4}})), true},
		"m/logit/DW/Momentum: got float32 of shape [6], want float32 of shape [2 3]":                      {source(with(official("m/"), map[string][]int{"m/logit/DW/Momentum": {6}})), false},
		"global_step: got float32 of shape [], want int64 of shape []":                                    {source(with(official("m/"), map[string][]int{"global_step": {}})), false},
		"m/logit/DW: got float32 of shape [2 100], want float32 of shape [2 3]":                           {source(other), false},
		"the last layer is for another number of classes: --partial initializes it, and train --init":     {source(other), false},
		"variables are missing: got none of the network's, want them by the names that info --json lists": {source(map[string][]int{"x": {1}}), true},
	} {
		r, err := Match(info("mom"), c.s, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = r.Check(c.partial)
		if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, ErrMissing) != strings.Contains(want, "are missing") {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestCheckValues holds that all tensors with values that no network has are named, and why an
// error is one.
func TestCheckValues(t *testing.T) {
	variance := checkpoint.Tensor{Name: "bn/moving_variance", Float32: []float32{1, -1}}
	nan := checkpoint.Tensor{Name: "logit/DW", Float32: []float32{float32(math.NaN())}}
	right := checkpoint.Tensor{Name: "logit/biases", Float32: []float32{-1}}
	if err := CheckValues([]checkpoint.Tensor{right, {Name: "global_step", Int64: []int64{-1}}}); err != nil {
		t.Errorf("got error %v, want none", err)
	}
	err := CheckValues([]checkpoint.Tensor{variance, right})
	if want := "1 tensors have values that no network can have:\n  variable bn/moving_variance: got -1 at element 1, want 0 or more"; err == nil || err.Error() != want || errors.Is(err, checkpoint.ErrDiverged) {
		t.Errorf("got error %v, want %q", err, want)
	}
	err = CheckValues(append(slices.Repeat([]checkpoint.Tensor{variance}, 9), nan))
	if err == nil || !errors.Is(err, checkpoint.ErrDiverged) || !strings.HasPrefix(err.Error(), "10 tensors") || !strings.HasSuffix(err.Error(), "and 2 more") {
		t.Errorf("got error %v, want the first 8 of 10, and that the training has diverged", err)
	}
}

// TestDeeper holds that a deeper network's checkpoint is not taken for this one's, though all
// variables are there.
func TestDeeper(t *testing.T) {
	for name, want := range map[string]error{
		"m/unit_3_4/sub1/conv1/DW": ErrDeeper, "m/unit_1_3/sub2/bn2/gamma": ErrDeeper,
		"m/unit_1_3/sub2/conv2/biases": ErrDeeper,
		"unit_3_4/sub1/conv1/DW":       nil, "m/unit_3_4/sub1/conv1/DW/Momentum": nil, "m/unit_3_4/other": nil,
		"m/unit_1_0/sub3/bn3/gamma": nil, // of a unit that the network has
	} {
		r, err := Match(info("mom"), source(with(official("m/"), map[string][]int{name: {1}})), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Check(false); !errors.Is(got, want) || want != nil && !strings.Contains(got.Error(), name) {
			t.Errorf("%s: got error %v, want %v", name, got, want)
		}
		if err := r.Check(true); err != nil || len(r.Unexpected) != 1 {
			t.Errorf("%s: partial: got error %v, left over %v", name, err, r.Unexpected)
		}
	}
}

// TestComplete holds that what is made new depends on the seed alone, and has no momentum of
// another's.
func TestComplete(t *testing.T) {
	i := info("mom")
	s := source(with(official("m/"), map[string][]int{
		"m/logit/DW": {2, 100}, "m/logit/biases": {3}, "m/logit/biases/Momentum": {3},
		"m/logit/DW/Momentum": {2, 3}, "m/init/init_conv/DW/Momentum": {2, 2},
	}))
	r, err := Match(i, s, nil)
	if err != nil || r.Check(true) != nil {
		t.Fatal(err, r.Check(true))
	}
	got := &checkpoint.File{Tensors: r.WithInitialized(i, s, 5)}
	var all []string
	for _, x := range got.Tensors {
		all = append(all, x.Name)
	}
	want := []string{"init/init_conv/DW", "init/init_conv/DW/Momentum", "unit_last/final_bn/moving_mean", "logit/biases", "logit/biases/Momentum", "logit/DW"}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("got (−want +got):\n%s", diff)
	}
	fresh := network.Variable{VariableInfo: i.Variables[2], Value: make([]float32, 6)}
	network.Initialize([]network.Variable{fresh}, 5)
	if !slices.Equal(got.Find("logit/DW").Float32, fresh.Value) || fresh.Value[0] == 0 {
		t.Errorf("got %v, want the seed's %v", got.Find("logit/DW").Float32, fresh.Value)
	}
}

// torchInfo has a unit of a network with torchvision's names.
func torchInfo() *network.Info {
	return &network.Info{
		Optimizer: "mom", Classes: 3, Layers: []network.Layer{{Unit: "stem"}, {Unit: "layer1.0"}},
		Ops: []network.Op{{Kind: network.Conv}, {Kind: network.Normalize}, {Kind: network.Dense}},
		Variables: []network.VariableInfo{
			{Name: "layer1.0.conv1.weight", Shape: []int{3, 3, 2, 4}, Layout: network.OIHW, Trainable: true, Init: network.Normal, Scale: 1},
			{Name: "layer1.0.bn1.running_mean", Shape: []int{4}, Op: 1, Role: network.MovingMean},
			{Name: "fc.weight", Shape: []int{4, 3}, Layout: network.OIHW, Op: 2, Trainable: true, Init: network.Uniform, Scale: 1},
		},
	}
}

// TestTorch holds that shapes are those of files, that PyTorch's counters are nothing to a network,
// and that a deeper network's units are known by their names. New values lie as files have them.
func TestTorch(t *testing.T) {
	own := map[string][]int{
		"layer1.0.conv1.weight": {4, 2, 3, 3}, "layer1.0.bn1.running_mean": {4}, "layer1.0.bn1.num_batches_tracked!": {}, "fc.weight": {3, 4},
	}
	s := source(own)
	r, err := Match(torchInfo(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Check(false), r.CheckUnexpected()); err != nil || len(r.Unexpected) != 0 {
		t.Errorf("got error %v, and %v unexpected", err, r.Unexpected)
	}
	linear := with(own, map[string][]int{"linear.weight": {3, 4}})
	delete(linear, "fc.weight")
	if r, err = Match(torchInfo(), source(linear), nil); err != nil || r.Check(false) != nil {
		t.Errorf("linear.weight: got errors %v and %v, want it for fc.weight", err, r.Check(false))
	}
	if r, err = Match(torchInfo(), source(with(own, map[string][]int{"layer1.1.bn2.running_var": {4}})), nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(false); !errors.Is(err, ErrDeeper) {
		t.Errorf("got error %v, want %v", err, ErrDeeper)
	}
	s = source(map[string][]int{"fc.weight": {4, 3}, "layer1.0.bn1.running_mean": {4}})
	if r, err = Match(torchInfo(), s, nil); err != nil {
		t.Fatal(err)
	}
	if err := r.Check(false); err == nil || !strings.Contains(err.Error(), "fc.weight: got float32 of shape [4 3], want float32 of shape [3 4]") {
		t.Errorf("got error %v, want one about the layout", err)
	}
	for _, made := range r.WithInitialized(torchInfo(), s, 1) {
		if made.Name == "layer1.0.conv1.weight" && (!slices.Equal(made.Shape, []int{4, 2, 3, 3}) || made.Values()[1] != made.Float32[8]) {
			t.Errorf("got the shape %v and %v of %v", made.Shape, made.Values(), made.Float32)
		}
	}
}
