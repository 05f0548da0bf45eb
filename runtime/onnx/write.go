package onnx

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// model is a ModelProto in pieces, all encoded but for the variables: these are written as they
// are, so that a large network is not in memory twice.
type model struct {
	head         []byte // the fields before the graph
	nodes        []byte // the graph's fields before the initializers, its name last
	initializers []variable
	values       []byte // the graph's fields behind them
}

// encodeMark returns what all models begin with: the ModelProto's version and producer.
func encodeMark() []byte {
	return appendString(appendInt(nil, modelIRVersion, IRVersion), modelProducerName, "resnetgen")
}

// encodeHead returns the ModelProto's fields before the graph.
func encodeHead(i *network.Info) []byte {
	b := appendString(encodeMark(), modelProducerVersion, i.Generator)
	return appendString(b, modelDoc, fmt.Sprintf("%s: a residual network for images of %d×%d×%d, with %d classes and %d parameters.",
		i.Name, i.Input[0], i.Input[1], i.Input[2], i.Classes, i.Parameters))
}

// write writes the model with its metadata and the variables' sum.
func (m *model) write(w io.Writer, metadata map[string]string) error {
	name := appendString(nil, graphName, metadata[KeyNetwork])
	size := len(m.nodes) + len(name) + len(m.values)
	heads := make([][]byte, len(m.initializers))
	for i, v := range m.initializers {
		heads[i] = v.head()
		size += len(heads[i]) + 4*v.Elements()
	}
	// The tail's size does not depend on the sum.
	if all := len(m.head) + size + len(encodeTail(metadata, make([]byte, sha256.Size))) + 2*binary.MaxVarintLen32; all > maxBytes {
		return fmt.Errorf("got a model of %d bytes, want less than 2 GiB: ONNX's files, as all of protobuf's, are no larger", all)
	}

	out := &errWriter{w: bufio.NewWriterSize(w, 1<<16)}
	out.write(m.head)
	out.write(protowire.AppendVarint(protowire.AppendTag(nil, modelGraph, protowire.BytesType), uint64(size)))
	out.write(m.nodes)
	out.write(name)
	sum := newSum()
	for i, v := range m.initializers {
		out.write(heads[i])
		raw := v.raw()
		out.write(raw)
		sum.add(v.Name, v.dims(), raw)
	}
	out.write(m.values)
	out.write(encodeTail(metadata, sum.Sum(nil)))
	return out.flush()
}

// errWriter writes until there is an error, and keeps that.
type errWriter struct {
	w   *bufio.Writer
	err error
}

func (e *errWriter) write(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *errWriter) flush() error {
	if e.err == nil {
		e.err = e.w.Flush()
	}
	return e.err
}

// encodeTail returns the ModelProto's fields behind the graph.
func encodeTail(metadata map[string]string, sum []byte) []byte {
	b := appendMessage(nil, modelOpset, appendInt(appendString(nil, opsetDomain, ""), opsetVersion, Opset))
	all := maps.Clone(metadata)
	all[KeySum] = fmt.Sprintf("%x", sum)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		b = appendMessage(b, modelMetadata, appendString(appendString(nil, entryKey, key), entryValue, all[key]))
	}
	return b
}

// variable is a network's variable, with its values.
type variable struct {
	*network.VariableInfo
	tensor *checkpoint.Tensor
}

// head returns a GraphProto's field of a variable, but for its raw data, which end it.
func (v *variable) head() []byte {
	size := 4 * v.Elements()
	var b []byte
	for _, n := range v.dims() {
		b = appendInt(b, tensorDims, n)
	}
	b = appendInt(b, tensorDataType, int(typeFloat))
	b = appendString(b, tensorName, v.Name)
	b = protowire.AppendTag(b, tensorRaw, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(size))
	head := protowire.AppendTag(nil, graphInitializer, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(b)+size))
	return append(head, b...)
}

// dims are the sizes of a variable in ONNX: of a kernel those of OIHW, of others those of files.
func (v *variable) dims() []int {
	if len(v.Shape) == 4 {
		return network.OIHW.Shape(v.Shape)
	}
	return v.FileShape()
}

// raw returns a variable's values in ONNX's order, little endian.
func (v *variable) raw() []byte {
	values := v.tensor.Values()
	if len(v.Shape) == 4 && v.Layout == network.HWIO {
		permuted := make([]float32, len(values))
		network.OIHW.FromHWIO(permuted, values, v.Shape)
		values = permuted
	}
	raw := make([]byte, 0, 4*len(values))
	for _, x := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return raw
}

// sum is the sha256 of a model's initializers, each with its name and its shape, of kernels in
// HWIO.
type sum struct{ hash.Hash }

func newSum() sum { return sum{sha256.New()} }

// add counts an initializer, whose dims and raw data are ONNX's. A hash's Write returns no error.
func (s sum) add(name string, dims []int, raw []byte) {
	if len(dims) == 4 {
		dims = hwio(dims)
	}
	fmt.Fprintf(s, "%q %d\n", name, dims)
	s.Write(raw)
}

// hwio is the shape of a kernel in HWIO.
func hwio(oihw []int) []int { return []int{oihw[2], oihw[3], oihw[1], oihw[0]} }
