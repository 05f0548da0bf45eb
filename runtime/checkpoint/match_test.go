package checkpoint

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// matched matches a network of two variables with a file.
func matched(f *File, scope string, others ...TensorInfo) *Matcher {
	m := NewMatcher(f, others...)
	m.Scope = scope
	slots := abi.OptimizerNamed("mom").Slots
	m.Variable(&network.VariableInfo{Name: "w", Shape: []int{2}, Trainable: true}, slots)
	m.Variable(&network.VariableInfo{Name: "mean", Shape: []int{1}}, slots)
	m.Step()
	return m
}

// TestMatch holds which tensor is found under which name, and what is left.
func TestMatch(t *testing.T) {
	two, one := []float32{1, 2}, []float32{1}
	f := &File{Tensors: []Tensor{
		{Name: "m/w", Shape: []int{2}, Float32: two},
		{Name: "m/m/w/Momentum", Shape: []int{2}, Float32: two},
		{Name: "m/mean", Shape: []int{1}, Float32: one},
		{Name: "m/mean/Momentum", Shape: []int{1}, Float32: one}, // no optimizer keeps one of what is not trained
		{Name: "m/mean/ExponentialMovingAverage", Shape: []int{1}, Float32: one},
		{Name: "global_step", Shape: []int{}, Int64: []int64{3}},
		{Name: "w", Shape: []int{2}, Float32: two},
	}}
	m := matched(f, "m/", TensorInfo{Name: "graph", Type: "string", Shape: []int{}})
	var got []string
	for _, w := range m.Matched {
		got = append(got, fmt.Sprintf("%s %s: %s", w.Kind, w.Name, w.Source))
	}
	want := []string{
		"variable w: m/w", "slot w/Momentum: m/m/w/Momentum", "variable mean: m/mean",
		"average mean/ExponentialMovingAverage: m/mean/ExponentialMovingAverage", "step global_step: global_step",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
	var left []string
	for d := range m.Unmatched() {
		left = append(left, d.Name)
	}
	if want := []string{"m/mean/Momentum", "w", "graph"}; !slices.Equal(left, want) {
		t.Errorf("got %q left, want %q", left, want)
	}
	if len(m.Missing) != 0 || m.Mismatches(nil).Err() != nil {
		t.Errorf("got %v missing, and the error %v, want none", m.Missing, m.Mismatches(nil).Err())
	}
}

// TestMismatches holds that all that does not fit is counted, and the first of it named.
func TestMismatches(t *testing.T) {
	f := &File{Tensors: []Tensor{
		{Name: "w/Momentum", Shape: []int{3}, Float32: make([]float32, 3)},
		{Name: "mean", Shape: []int{1}}, // has no values
		{Name: "global_step", Shape: []int{2}, Int64: []int64{3, 4}},
	}}
	m := matched(f, "", TensorInfo{Name: "w/ExponentialMovingAverage", Type: "float64", Shape: []int{2}})
	mismatches := m.Mismatches(nil)
	for i := range MaxNamed {
		mismatches.AddUnexpected(fmt.Sprint(i))
	}
	mismatches.Hint = "try again"
	const want = `13 tensors do not fit the network:
  w/Momentum: got float32 of shape [3], want float32 of shape [2]
  w/ExponentialMovingAverage: got float64 of shape [2], want float32 of shape [2]
  mean: got float32 of shape [1], want float32 of shape [1]
  global_step: got int64 of shape [2], want int64 of shape []
  w: missing, want float32 of shape [2]
  0: unexpected tensor, which the network does not have
  1: unexpected tensor, which the network does not have
  2: unexpected tensor, which the network does not have
  and 5 more
  try again`
	if diff := cmp.Diff(want, mismatches.Err().Error()); diff != "" {
		t.Errorf("−want +got:\n%s", diff)
	}
	if err := m.Mismatches(func(w *Expected) bool { return w.Variable() == "w" }).Err(); err == nil || !strings.HasPrefix(err.Error(), "2 tensors") {
		t.Errorf("without those of w: got error %v, want two tensors", err)
	}
}
