package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// MaxBytes is the size of the largest file that is read.
const MaxBytes = 1 << 34

// Read reads a file. Tensors of type F64 and F16 or BF16 are refused, since reading them as float32
// would change or invent digits; I32 becomes Int64. It takes as much memory as the tensors, and a
// little for the header, which is checked first.
func Read(path string) (*File, error) {
	in, err := inputfile.Open(path, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	f, err := decode(in, in.Size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return f, nil
}

// ReadMetadata reads a file's metadata alone. It does not say whether the tensors are whole.
func ReadMetadata(path string) (map[string]string, error) {
	in, err := inputfile.Open(path, MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("read checkpoint: %w", err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	h, err := readHeader(in, in.Size)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return h.metadata, nil
}

// Decode reads the bytes of a file, as [Read] does.
func Decode(data []byte) (*File, error) {
	if err := inputfile.CheckPointer(data); err != nil {
		return nil, err
	}
	return decode(bytes.NewReader(data), int64(len(data)))
}

// decode reads a file of so many bytes.
func decode(in io.ReaderAt, size int64) (*File, error) {
	h, err := readHeader(in, size)
	if err != nil {
		if isTensorFlow(in, size) {
			return nil, errors.New("got a TensorFlow checkpoint, a V1 one or the index of a V2 one, want a safetensors file: import makes one of V2")
		}
		return nil, err
	}
	f := &File{Metadata: h.metadata}
	if len(h.entries) > 0 {
		f.Tensors = make([]Tensor, len(h.entries))
	}
	f.takeSum()
	r := reader{in: in, data: h.data}
	if f.Sum != "" {
		r.sum = newSummer(f.Metadata)
	}
	for i := range h.entries {
		e := &h.entries[i]
		if f.Tensors[i], err = r.tensor(e); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", clipped(e.name), err)
		}
	}
	if f.Sum == "" {
		return f, nil
	}
	if got := r.sum.String(); got != f.Sum {
		return nil, fmt.Errorf("got contents with sha256 %.12s…, want %.12s… as the header says: the file is damaged", got, f.Sum)
	}
	return f, nil
}

// isTensorFlow says that a file ends as the tables of TensorFlow's checkpoints do: with leveldb's
// magic number.
func isTensorFlow(in io.ReaderAt, size int64) bool {
	var end [8]byte
	_, err := in.ReadAt(end[:], max(size-int64(len(end)), 0))
	return err == nil && binary.LittleEndian.Uint64(end[:]) == 0xdb4775248b80fb57
}

// reader reads tensors, and sums up what it reads if the file has a sum.
type reader struct {
	in     io.ReaderAt
	data   int64  // where the tensors' bytes begin
	buffer []byte // of a part of a tensor
	sum    summer // its Hash is nil if there is nothing to compare with
}

// bufferBytes is a whole number of elements of any type.
const bufferBytes = 1 << 18

// tensor reads the tensor of an entry.
func (r *reader) tensor(e *entry) (Tensor, error) {
	t := Tensor{Name: e.name, Shape: e.shape}
	n := int(e.end-e.begin) / int(e.kind.Size())
	if e.kind == safetensors.F32 {
		t.Float32 = make([]float32, n)
	} else {
		t.Int64 = make([]int64, n)
	}
	if r.sum.Hash != nil {
		r.sum.tensor(&t)
		r.sum.begin(4*len(t.Float32) + 8*len(t.Int64))
	}
	if r.buffer == nil {
		r.buffer = make([]byte, bufferBytes)
	}
	for at := e.begin; at < e.end; {
		part := r.buffer[:min(bufferBytes, e.end-at)]
		if n, err := r.in.ReadAt(part, r.data+at); n < len(part) {
			return t, fmt.Errorf("byte %d of its file: %w", r.data+at+int64(n), err)
		}
		r.elements(&t, e.kind, int(at-e.begin)/int(e.kind.Size()), part)
		at += int64(len(part))
	}
	return t, nil
}

// elements sets elements of a tensor, from a number on, and adds them to the sum as [Encode] writes
// them.
func (r *reader) elements(t *Tensor, kind safetensors.DType, from int, part []byte) {
	switch kind {
	case safetensors.F32:
		for i := range len(part) / 4 {
			t.Float32[from+i] = math.Float32frombits(binary.LittleEndian.Uint32(part[4*i:]))
		}
	case safetensors.I64:
		for i := range len(part) / 8 {
			t.Int64[from+i] = int64(binary.LittleEndian.Uint64(part[8*i:]))
		}
	case safetensors.I32:
		for i := range len(part) / 4 {
			t.Int64[from+i] = int64(int32(binary.LittleEndian.Uint32(part[4*i:])))
		}
		part = view{&Tensor{Int64: t.Int64[from:][:len(part)/4]}}.Data()
	}
	if r.sum.Hash != nil {
		r.sum.Write(part) // a hash's Write returns no error
	}
}
