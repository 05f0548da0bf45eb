package state

import (
	"fmt"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestAssignMany holds that a file of many tensors that are none of the network's takes neither
// memory nor time for each of the variables.
func TestAssignMany(t *testing.T) {
	f := &checkpoint.File{}
	for i := range 200000 {
		f.Tensors = append(f.Tensors, checkpoint.Tensor{Name: fmt.Sprint(i), Shape: []int{0}, Float32: []float32{}})
	}
	net := fakenet.New(network.Options{})
	bound := fuzzbound.Default
	bound.MemoryPerByte = 200 // the names that are known
	bound.Check(t, len(f.Tensors), func() {
		err := Assign(net, f, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "200003 tensors do not fit the network:\n") || strings.Count(err.Error(), "\n") != checkpoint.MaxNamed+1 {
			t.Errorf("got error %.300v", err)
		}
	})
}
