package checkpoint

import (
	"strings"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// A network has kernels and matrices in HWIO in its memory, and in the layouts of its variables in
// files. Here one becomes the other.

// TensorOf returns a variable as files have it, or by another name its gradient, a slot or its
// average. The values stay in the network's memory and order: whoever writes the tensor asks for
// [Tensor.Values].
func TensorOf(v *network.VariableInfo, name string, values []float32) Tensor {
	t := Tensor{Name: name, Shape: v.FileShape(), Float32: values}
	if v.Layout != network.HWIO {
		t.Variable = v
	}
	return t
}

// Values returns a tensor's float32 values in the order of its shape. It permutes a copy of those
// that [TensorOf] has left in a network's order.
func (t *Tensor) Values() []float32 {
	if t.Variable == nil {
		return t.Float32
	}
	permuted := make([]float32, len(t.Float32))
	t.Variable.Layout.FromHWIO(permuted, t.Float32, t.Variable.Shape)
	return permuted
}

// CopyTo copies a tensor to the memory of a network's variable. The tensor has its shape in files.
func (t *Tensor) CopyTo(v *network.VariableInfo, dst []float32) {
	v.Layout.ToHWIO(dst, t.Values(), v.Shape)
}

// InMemory returns a tensor's values in the order of a network's memory, and copies them only where
// that is another one.
func (t *Tensor) InMemory(v *network.VariableInfo) []float32 {
	if v.Layout == network.HWIO {
		return t.Values()
	}
	values := make([]float32, len(t.Float32))
	t.CopyTo(v, values)
	return values
}

// batchCounter is what PyTorch's batch norms call the number of the batches that they have seen. No
// network here needs it.
const batchCounter = ".num_batches_tracked"

func isBatchCounter(name string) bool { return strings.HasSuffix(name, batchCounter) }

// BatchCounters returns the counters of batches that PyTorch has beside a network's variables, so
// that its load_state_dict finds all that it wants. Networks of other conventions have none.
func BatchCounters(i *network.Info, batches int) (tensors []Tensor) {
	variance := network.PyTorch.Variable("", network.MovingVariance)
	for _, v := range i.Variables {
		if norm, ok := strings.CutSuffix(v.Name, variance); ok && v.Role == network.MovingVariance {
			tensors = append(tensors, Tensor{Name: norm + batchCounter, Shape: []int{}, Int64: []int64{int64(batches)}})
		}
	}
	return tensors
}
