package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// Decode returns the variables and the metadata of a model, bit for bit as [Encode] was given them: its float32
// initializers in the file's order, those of four dimensions with these as a network has them, [height, width, in, out].
// Initializers of other types are constants, not variables, and are passed over. It refuses a model whose initializers do not
// have the sum that its metadata say; those of other programs say none.
func Decode(data []byte) (*checkpoint.File, error) {
	d := decoder{file: &checkpoint.File{Metadata: map[string]string{}}, sum: newSum(), seen: map[string]bool{}}
	if err := fields("", data, d.modelField); err != nil {
		return nil, fmt.Errorf("got no whole ONNX model: %w", err)
	}
	if !d.versioned || !d.graphed {
		return nil, errors.New("got no ONNX model: want one with an IR version and a graph")
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
	file               *checkpoint.File
	sum                sum
	seen               map[string]bool
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
		err := fields("metadata", f.content, func(f field) error {
			switch {
			case f.is(entryKey, protowire.BytesType):
				key = string(f.content)
			case f.is(entryValue, protowire.BytesType):
				value = string(f.content)
			}
			return nil
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
	variable, err := t.variable()
	if err != nil {
		return fmt.Errorf("%s: %w", &t, err)
	}
	d.sum.add(variable.Name, variable.Shape, t.raw)
	d.file.Tensors = append(d.file.Tensors, variable)
	return nil
}

// initializer is a TensorProto as it is read.
type initializer struct {
	at      int // its number
	name    string
	dims    []int
	element dataType
	raw     []byte // little endian
	outside bool   // the values are in another file
}

func (t *initializer) String() string {
	if t.name == "" {
		return fmt.Sprintf("initializer %d", t.at)
	}
	return fmt.Sprintf("initializer %q", t.name)
}

func (t *initializer) field(f field) error {
	switch {
	case f.is(tensorDims, protowire.VarintType):
		return t.dim(f.number)
	case f.is(tensorDims, protowire.BytesType): // packed
		for b := f.content; len(b) > 0; {
			n, size := protowire.ConsumeVarint(b)
			if size < 0 {
				return fmt.Errorf("dims: %w", protowire.ParseError(size))
			}
			if err := t.dim(n); err != nil {
				return err
			}
			b = b[size:]
		}
	case f.is(tensorDataType, protowire.VarintType):
		t.element = dataType(f.number)
	case f.is(tensorName, protowire.BytesType):
		t.name = string(f.content)
	case f.is(tensorRaw, protowire.BytesType), f.is(tensorFloats, protowire.BytesType):
		if t.raw == nil {
			t.raw = slices.Clip(f.content) // no copy of what is most of the model
		} else {
			t.raw = append(t.raw, f.content...)
		}
	case f.is(tensorFloats, protowire.Fixed32Type): // not packed
		t.raw = binary.LittleEndian.AppendUint32(t.raw, uint32(f.number))
	case f.is(tensorLocation, protowire.VarintType):
		t.outside = f.number != 0
	}
	return nil
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

// variable returns the tensor in a network's layout.
func (t *initializer) variable() (checkpoint.Tensor, error) {
	v := checkpoint.Tensor{Name: t.name, Shape: []int{}}
	if t.outside {
		return v, errors.New("got its values in another file, want them in the model")
	}
	want := 4
	for _, n := range t.dims {
		if want > len(t.raw)/n {
			return v, fmt.Errorf("got %d bytes, want more for dimensions %v", len(t.raw), t.dims)
		}
		want *= n
	}
	if len(t.raw) != want {
		return v, fmt.Errorf("got %d bytes, want %d for dimensions %v", len(t.raw), want, t.dims)
	}
	v.Shape = append(v.Shape, t.dims...)
	if len(t.dims) == 4 {
		v.Shape = []int{t.dims[2], t.dims[3], t.dims[1], t.dims[0]}
	}
	v.Float32 = make([]float32, want/4)
	t.values(v.Float32)
	return v, nil
}

// values writes the values in a network's order.
func (t *initializer) values(dst []float32) {
	at := func(i int) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(t.raw[4*i:])) }
	if len(t.dims) != 4 {
		for i := range dst {
			dst[i] = at(i)
		}
		return
	}
	out, in, taps := t.dims[0], t.dims[1], t.dims[2]*t.dims[3]
	for o := range out {
		for i := range in {
			for tap := range taps {
				dst[(tap*in+i)*out+o] = at((o*in+i)*taps + tap)
			}
		}
	}
}

// field is one of a message.
type field struct {
	id      protowire.Number
	kind    protowire.Type
	number  uint64 // of a VarintType, Fixed32Type or Fixed64Type
	content []byte // of a BytesType
}

func (f *field) is(id protowire.Number, kind protowire.Type) bool {
	return f.id == id && f.kind == kind
}

// fields calls visit with each field of a message; errors say which message and how far into it.
func fields(message string, data []byte, visit func(field) error) error {
	for rest := data; len(rest) > 0; {
		at := len(data) - len(rest)
		f, size := consume(rest)
		if size < 0 {
			return position(message, at, protowire.ParseError(size))
		}
		if err := visit(f); err != nil {
			return position(message, at, err)
		}
		rest = rest[size:]
	}
	return nil
}

func position(message string, at int, err error) error {
	if message == "" {
		return fmt.Errorf("byte %d: %w", at, err)
	}
	return fmt.Errorf("%s, byte %d: %w", message, at, err)
}

// consume returns the first field of a message and its size, which is negative where there is none.
func consume(b []byte) (f field, size int) {
	id, kind, tag := protowire.ConsumeTag(b)
	if tag < 0 {
		return f, tag
	}
	f, n := field{id: id, kind: kind}, 0
	switch b = b[tag:]; kind {
	case protowire.VarintType:
		f.number, n = protowire.ConsumeVarint(b)
	case protowire.Fixed32Type:
		var x uint32
		x, n = protowire.ConsumeFixed32(b)
		f.number = uint64(x)
	case protowire.Fixed64Type:
		f.number, n = protowire.ConsumeFixed64(b)
	case protowire.BytesType:
		f.content, n = protowire.ConsumeBytes(b)
	default:
		n = protowire.ConsumeFieldValue(id, kind, b)
	}
	if n < 0 {
		return f, n
	}
	return f, tag + n
}
