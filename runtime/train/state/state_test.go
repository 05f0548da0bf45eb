package state

import (
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestAssign names everything that does not fit, and then changes nothing.
func TestAssign(t *testing.T) {
	net := fakenet.New(network.Options{})
	network.Initialize(net.Variables(), 1)
	before := slices.Clone(net.Variables()[0].Value)
	err := Assign(net, &checkpoint.File{Tensors: []checkpoint.Tensor{
		{Name: "logit/DW", Shape: []int{2}, Float32: make([]float32, 2)},
		{Name: "logit/biases", Shape: []int{3}, Int64: make([]int64, 3)},
		{Name: "extra", Shape: []int{}, Float32: []float32{1}},
	}}, nil)
	for _, want := range []string{
		"4 tensors do not fit", "logit/DW: got float32 of shape [2], want float32 of shape [12 3]",
		"logit/biases: got int64", "unit_last/moving_mean: missing", "extra: unexpected tensor, which the network does not have",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
	if !slices.Equal(before, net.Variables()[0].Value) {
		t.Error("variables changed")
	}
}

// TestStep holds which steps a checkpoint may have, and that the value of another is told.
func TestStep(t *testing.T) {
	for _, c := range []struct {
		shape []int
		value []int64
		want  int
		wrong string
	}{
		{[]int{}, []int64{0}, 0, ""},
		{[]int{1}, []int64{1 << 53}, 1 << 53, ""},
		{[]int{}, []int64{-3}, 0, "global_step: got -3, want a number from 0 to 9007199254740992"},
		{[]int{}, []int64{1<<53 + 1}, 0, "global_step: got 9007199254740993, want a number from 0 to 9007199254740992"},
		{[]int{2}, []int64{4, 5}, 0, "global_step: got int64 of shape [2], want one int64"},
		{[]int{}, nil, 0, "global_step: got float32 of shape [], want one int64"},
	} {
		got, err := Step(&checkpoint.File{Tensors: []checkpoint.Tensor{{Name: StepName, Shape: c.shape, Int64: c.value}}})
		if got != c.want || (err == nil) != (c.wrong == "") || err != nil && err.Error() != c.wrong {
			t.Errorf("%v: got %d, error %v, want %d, error %q", c.value, got, err, c.want, c.wrong)
		}
	}
	if got, err := Step(&checkpoint.File{}); got != 0 || err != nil {
		t.Errorf("without a step: got %d, error %v, want 0", got, err)
	}
}
