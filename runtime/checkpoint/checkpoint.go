// Package checkpoint reads and writes safetensors files: named tensors with text metadata.
package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// Tensor is a named array in row-major order. One of Float32 and Int64 holds its elements.
type Tensor struct {
	Name    string
	Shape   []int // empty: a scalar
	Float32 []float32
	Int64   []int64

	// Variable, if not nil, says that Float32 is in the order of this variable's memory, not in
	// that of Shape. Values returns the latter. Only [TensorOf] sets it.
	Variable *network.VariableInfo
}

// Type names the type of the elements, as Go does.
func (t *Tensor) Type() string {
	if t.Int64 != nil {
		return "int64"
	}
	return "float32"
}

// File is what a safetensors file holds.
type File struct {
	Tensors  []Tensor          // in any order; of [Read]: by name
	Metadata map[string]string // may be nil
	// Sum is the sha256 of all the above, hexadecimal: [Read] has found it right, or empty if the
	// file has none. [Encode] computes it anew.
	Sum string
}

// Find returns the tensor of that name, or nil.
func (f *File) Find(name string) *Tensor {
	for i := range f.Tensors {
		if f.Tensors[i].Name == name {
			return &f.Tensors[i]
		}
	}
	return nil
}

// Elements returns the number of elements of a shape.
func Elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// Encode writes a file with its sum. The same tensors and metadata give the same bytes.
func Encode(w io.Writer, f *File) error {
	views := make(map[string]view, len(f.Tensors))
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if _, twice := views[t.Name]; twice {
			return fmt.Errorf("got tensor %q twice, want it once", t.Name)
		}
		if want := Elements(t.Shape); len(t.Float32)+len(t.Int64) != want || t.Float32 != nil && t.Int64 != nil {
			return fmt.Errorf("tensor %q: got %d values, want %d of shape %v", t.Name, len(t.Float32)+len(t.Int64), want, t.Shape)
		}
		views[t.Name] = view{t}
	}
	return safetensors.SerializeToWriter(views, withSum(f), w)
}

// view gives the library a tensor's bytes, little-endian.
type view struct{ t *Tensor }

func (v view) DType() safetensors.DType {
	if v.t.Int64 != nil {
		return safetensors.I64
	}
	return safetensors.F32
}

func (v view) Shape() []uint64 {
	shape := make([]uint64, len(v.t.Shape))
	for i, d := range v.t.Shape {
		shape[i] = uint64(d)
	}
	return shape
}

func (v view) DataLen() uint64 { return uint64(4*len(v.t.Float32) + 8*len(v.t.Int64)) }

func (v view) Data() []byte {
	data := make([]byte, 0, v.DataLen())
	for _, x := range v.t.Values() {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	for _, x := range v.t.Int64 {
		data = binary.LittleEndian.AppendUint64(data, uint64(x))
	}
	return data
}
