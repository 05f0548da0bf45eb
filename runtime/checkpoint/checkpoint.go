// Package checkpoint reads and writes safetensors files: named tensors with text metadata.
package checkpoint

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/nlpodyssey/safetensors"
)

// Tensor is a named array in row-major order. One of Float32 and Int64 holds its elements.
type Tensor struct {
	Name    string
	Shape   []int // empty: a scalar
	Float32 []float32
	Int64   []int64
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
	// Sum is the sha256 of all the above, hexadecimal: [Read] has found it right, or empty if the file has none. [Encode]
	// computes it anew.
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
	for _, x := range v.t.Float32 {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	for _, x := range v.t.Int64 {
		data = binary.LittleEndian.AppendUint64(data, uint64(x))
	}
	return data
}

// MaxBytes is the size of the largest file that is read.
const MaxBytes = 1 << 34

// Read reads a file. Tensors of type F64 and F16 or BF16 are refused, since reading them as float32 would
// change or invent digits; I32 becomes Int64.
func Read(path string) (*File, error) {
	info, err := os.Stat(path) // before it is opened: a named pipe would wait for its writer
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > MaxBytes {
		return nil, fmt.Errorf("read %s: got %s of %d bytes, want a file of at most %d", path, info.Mode().Type(), info.Size(), int64(MaxBytes))
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	f, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}

// Decode reads the bytes of a file, as [Read] does.
func Decode(data []byte) (*File, error) {
	_, header, err := safetensors.ReadMetadata(data)
	if err != nil {
		return nil, fmt.Errorf("got no safetensors file: %w", err)
	}
	st, err := safetensors.Deserialize(data)
	if err != nil {
		return nil, fmt.Errorf("got no whole safetensors file: %w", err)
	}
	f := &File{Metadata: header.Metadata()}
	f.takeSum()
	names := st.Names()
	slices.Sort(names)
	for _, name := range names {
		v, ok := st.Tensor(name)
		if !ok {
			return nil, fmt.Errorf("tensor %q: got no data", name)
		}
		t, err := decodeTensor(name, v)
		if err != nil {
			return nil, err
		}
		f.Tensors = append(f.Tensors, t)
	}
	if err := f.checkSum(); err != nil {
		return nil, err
	}
	return f, nil
}

func decodeTensor(name string, v safetensors.TensorView) (Tensor, error) {
	t := Tensor{Name: name, Shape: []int{}}
	elements := uint64(1)
	for _, d := range v.Shape() {
		t.Shape = append(t.Shape, int(d))
		elements *= d
	}
	data := v.Data()
	size := v.DType().Size()
	if uint64(len(data)) != elements*size {
		return t, fmt.Errorf("tensor %q: got %d bytes, want %d of shape %v", name, len(data), elements*size, t.Shape)
	}
	switch v.DType() {
	case safetensors.F32:
		t.Float32 = make([]float32, elements)
		for i := range t.Float32 {
			t.Float32[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case safetensors.I64:
		t.Int64 = make([]int64, elements)
		for i := range t.Int64 {
			t.Int64[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	case safetensors.I32:
		t.Int64 = make([]int64, elements)
		for i := range t.Int64 {
			t.Int64[i] = int64(int32(binary.LittleEndian.Uint32(data[4*i:])))
		}
	default:
		return t, fmt.Errorf("tensor %q: got type %s, want F32, I64 or I32", name, v.DType())
	}
	return t, nil
}
