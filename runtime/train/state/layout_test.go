package state

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// torchNet is a network of variables whose files have PyTorch's layouts.
type torchNet struct {
	*fakenet.Net
	variables []network.Variable
}

func (n *torchNet) Variables() []network.Variable { return n.variables }

// newTorchNet returns one whose values are numbered from a number on, in the order of its memory.
func newTorchNet(from float32) *torchNet {
	n := &torchNet{Net: fakenet.New(network.Options{})}
	for _, v := range []network.VariableInfo{
		{Name: "conv1.weight", Shape: []int{1, 2, 3, 2}, Layout: network.OIHW, Trainable: true},
		{Name: "bn1.running_var", Shape: []int{2}, Role: network.MovingVariance},
		{Name: "fc.weight", Shape: []int{2, 3}, Layout: network.OIHW, Trainable: true},
	} {
		numbers := func() []float32 {
			values := make([]float32, v.Elements())
			for i := range values {
				values[i] = from
				from++
			}
			return values
		}
		variable := network.Variable{VariableInfo: v, Value: numbers()}
		if v.Trainable {
			variable.Slots = []network.Slot{{Name: v.Name + "/Momentum", Value: numbers()}}
		}
		n.variables = append(n.variables, variable)
	}
	return n
}

// TestLayouts holds that files have variables, slots and averages in the layouts of files, and that
// all of them come back, with PyTorch's counters in the file or without.
func TestLayouts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	net := newTorchNet(0)
	averages := NewAverages(net, 0.5)
	averages.Start()
	if err := Save(path, net, 7, nil, averages.Tensors()...); err != nil {
		t.Fatal(err)
	}
	f, err := checkpoint.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []checkpoint.Tensor{
		{Name: "conv1.weight", Shape: []int{2, 3, 1, 2}, Float32: []float32{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}},
		{Name: "conv1.weight/Momentum", Shape: []int{2, 3, 1, 2}, Float32: []float32{12, 18, 14, 20, 16, 22, 13, 19, 15, 21, 17, 23}},
		{Name: "conv1.weight/ExponentialMovingAverage", Shape: []int{2, 3, 1, 2}, Float32: []float32{0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11}},
		{Name: "bn1.running_var", Shape: []int{2}, Float32: []float32{24, 25}},
		{Name: "fc.weight", Shape: []int{3, 2}, Float32: []float32{26, 29, 27, 30, 28, 31}},
	} {
		got := f.Find(want.Name)
		if got == nil || !slices.Equal(got.Shape, want.Shape) || !slices.Equal(got.Float32, want.Float32) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	f.Tensors = append(f.Tensors, checkpoint.BatchCounters(&network.Info{Variables: []network.VariableInfo{net.variables[1].VariableInfo}}, 7)...)
	if f.Find("bn1.num_batches_tracked") == nil {
		t.Error("got no counter of the norm, want one")
	}
	if err := store.Write(path, f); err != nil {
		t.Fatal(err)
	}
	if f, err = checkpoint.Read(path); err != nil {
		t.Fatal(err)
	}
	checkRestored(t, net, f)
}

// checkRestored assigns a file to another network, and compares it with the one that was saved.
func checkRestored(t *testing.T, saved *torchNet, f *checkpoint.File) {
	t.Helper()
	again := newTorchNet(100)
	if err := Assign(again, f, nil); err != nil {
		t.Fatal(err)
	}
	averages := NewAverages(again, 0.5)
	if err := averages.Assign(f); err != nil {
		t.Fatal(err)
	}
	for i, want := range saved.variables {
		got := again.variables[i]
		if !slices.Equal(got.Value, want.Value) || !slices.Equal(averages.Values()[i], want.Value) {
			t.Errorf("%s: got %v and the average %v, want %v", want.Name, got.Value, averages.Values()[i], want.Value)
		}
		for k, slot := range want.Slots {
			if !slices.Equal(got.Slots[k].Value, slot.Value) {
				t.Errorf("%s: got %v, want %v", slot.Name, got.Slots[k].Value, slot.Value)
			}
		}
		clear(got.Value)
	}
	if !AssignAverages(again, f) || !slices.Equal(again.variables[0].Value, saved.variables[0].Value) {
		t.Errorf("got %v of the averages, want %v", again.variables[0].Value, saved.variables[0].Value)
	}
}
