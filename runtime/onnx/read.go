package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Decode returns the variables and the metadata of a model, bit for bit as [Encode] was given them:
// its float32 initializers in the file's order, those of four dimensions in the layout of the
// network's kernels. Initializers of other types are constants, not variables, and are skipped. It
// refuses a model whose initializers do not have the sum that its metadata say; those of other
// programs say none.
func Decode(data []byte, kernels network.Layout) (*checkpoint.File, error) {
	if err := inputfile.CheckPointer(data); err != nil {
		return nil, err
	}
	return decode(bytes.NewReader(data), int64(len(data)), kernels)
}

// decode reads a model of so many bytes. Of what it does not need it reads no more than the sizes;
// of a tensor it reads the values once there are as many as the dimensions say.
func decode(in io.ReaderAt, size int64, kernels network.Layout) (*checkpoint.File, error) {
	d := decoder{kernels: kernels, file: &checkpoint.File{Metadata: map[string]string{}}, sum: newSum(), seen: map[string]bool{}}
	if err := fields("", part{&source{in: in, size: size}, 0, size}, d.modelField); err != nil {
		return nil, fmt.Errorf("truncated ONNX model: %w", err)
	}
	if !d.versioned || !d.graphed {
		return nil, errors.New("not an ONNX model: want an IR version and a graph")
	}
	want := d.file.Metadata[KeySum]
	delete(d.file.Metadata, KeySum)
	if got := fmt.Sprintf("%x", d.sum.Sum(nil)); want != "" && got != want {
		return nil, fmt.Errorf("got variables with sha256 %.12s…, want %.12s… as the metadata say: the model is damaged", got, want)
	}
	return d.file, nil
}

// decoder gathers what there is in a model.
type decoder struct {
	kernels            network.Layout
	file               *checkpoint.File
	sum                sum
	seen               map[string]bool
	buffer             []byte // of an initializer's values
	versioned, graphed bool
}

func (d *decoder) modelField(f field) error {
	switch {
	case f.is(modelIRVersion, protowire.VarintType):
		d.versioned = true
	case f.is(modelGraph, protowire.BytesType):
		d.graphed = true
		return fields("graph", f.content, d.graphField)
	case f.is(modelMetadata, protowire.BytesType):
		key, value := "", ""
		err := fields("metadata", f.content, func(f field) (err error) {
			switch {
			case f.is(entryKey, protowire.BytesType):
				key, err = f.content.text()
			case f.is(entryValue, protowire.BytesType):
				value, err = f.content.text()
			}
			return err
		})
		d.file.Metadata[key] = value
		return err
	}
	return nil
}

func (d *decoder) graphField(f field) error {
	if !f.is(graphInitializer, protowire.BytesType) {
		return nil
	}
	t := initializer{at: len(d.seen)}
	if err := fields(t.String(), f.content, t.field); err != nil {
		return err
	}
	if d.seen[t.name] {
		return fmt.Errorf("initializer %q: got it twice, want it once", t.name)
	}
	d.seen[t.name] = true
	if t.element != typeFloat {
		return nil
	}
	variable, raw, err := t.variable(d.buffer, d.kernels)
	if err != nil {
		return fmt.Errorf("%s: %w", &t, err)
	}
	d.buffer = raw[:0]
	d.sum.add(variable.Name, t.dims, raw)
	d.file.Tensors = append(d.file.Tensors, variable)
	return nil
}

// initializer is a TensorProto as it is read.
type initializer struct {
	at      int // its number
	name    string
	dims    []int
	element dataType
	raw     []part // the values, little endian
	size    int64  // of raw
	outside bool   // the values are in another file
}

func (t *initializer) String() string {
	if t.name == "" {
		return fmt.Sprintf("initializer %d", t.at)
	}
	return fmt.Sprintf("initializer %q", t.name)
}

func (t *initializer) field(f field) (err error) {
	switch {
	case f.is(tensorDims, protowire.VarintType):
		return t.dim(f.number)
	case f.is(tensorDims, protowire.BytesType): // packed
		return t.packedDims(f.content)
	case f.is(tensorDataType, protowire.VarintType):
		t.element = dataType(f.number)
	case f.is(tensorName, protowire.BytesType):
		t.name, err = f.content.text()
	case f.is(tensorRaw, protowire.BytesType), f.is(tensorFloats, protowire.BytesType),
		f.is(tensorFloats, protowire.Fixed32Type): // the last where they are not packed
		t.raw, t.size = append(t.raw, f.content), t.size+f.content.size
	case f.is(tensorLocation, protowire.VarintType):
		t.outside = f.number != 0
	}
	return err
}

func (t *initializer) packedDims(p part) error {
	if p.size > maxRank*binary.MaxVarintLen64 {
		return fmt.Errorf("got more dimensions, want at most %d", maxRank)
	}
	b, err := p.bytes(nil)
	for len(b) > 0 && err == nil {
		n, size := protowire.ConsumeVarint(b)
		if size < 0 {
			return fmt.Errorf("dims: %w", protowire.ParseError(size))
		}
		err, b = t.dim(n), b[size:]
	}
	return err
}

// maxRank is more than any variable has.
const maxRank = 8

func (t *initializer) dim(n uint64) error {
	if n < 1 || n > maxBytes {
		return fmt.Errorf("dimension %d: got %d, want 1 to %d", len(t.dims), n, maxBytes)
	}
	if len(t.dims) == maxRank {
		return fmt.Errorf("got more dimensions, want at most %d", maxRank)
	}
	t.dims = append(t.dims, int(n))
	return nil
}

// variable returns the tensor, a kernel in a layout, and its values as the file has them, which may
// lie in buffer.
func (t *initializer) variable(buffer []byte, kernels network.Layout) (v checkpoint.Tensor, raw []byte, err error) {
	v = checkpoint.Tensor{Name: t.name, Shape: []int{}}
	if t.outside {
		return v, nil, errors.New("got its values in another file, want them in the model")
	}
	want := 4
	for _, n := range t.dims {
		if want > int(t.size)/n {
			return v, nil, fmt.Errorf("got %d bytes, want more for dimensions %v", t.size, t.dims)
		}
		want *= n
	}
	if int(t.size) != want {
		return v, nil, fmt.Errorf("got %d bytes, want %d for dimensions %v", t.size, want, t.dims)
	}
	raw = slices.Grow(buffer[:0], want)
	for _, p := range t.raw {
		if raw, err = p.bytes(raw); err != nil {
			return v, nil, err
		}
	}
	v.Shape = append(v.Shape, t.dims...)
	v.Float32 = make([]float32, want/4)
	if len(t.dims) == 4 && kernels == network.HWIO {
		v.Shape = hwio(t.dims)
		t.permute(v.Float32, raw)
		return v, raw, nil
	}
	for i := range v.Float32 {
		v.Float32[i] = valueAt(raw, i)
	}
	return v, raw, nil
}

func valueAt(raw []byte, i int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
}

// permute writes the values of a kernel in HWIO.
func (t *initializer) permute(dst []float32, raw []byte) {
	out, in, taps := t.dims[0], t.dims[1], t.dims[2]*t.dims[3]
	for o := range out {
		for i := range in {
			for tap := range taps {
				dst[(tap*in+i)*out+o] = valueAt(raw, (o*in+i)*taps+tap)
			}
		}
	}
}
