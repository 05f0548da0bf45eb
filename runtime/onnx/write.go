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
	initializers []*checkpoint.Tensor
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
	for i, t := range m.initializers {
		heads[i] = initializerHead(t)
		size += len(heads[i]) + 4*len(t.Float32)
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
	for i, t := range m.initializers {
		out.write(heads[i])
		raw := rawData(t)
		out.write(raw)
		sum.add(t.Name, t.Shape, raw)
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

// initializerHead returns a GraphProto's field of a variable, but for its raw data, which end it.
func initializerHead(t *checkpoint.Tensor) []byte {
	var b []byte
	for _, n := range dims(t.Shape) {
		b = appendInt(b, tensorDims, n)
	}
	b = appendInt(b, tensorDataType, int(typeFloat))
	b = appendString(b, tensorName, t.Name)
	b = protowire.AppendTag(b, tensorRaw, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(4*len(t.Float32)))
	head := protowire.AppendTag(nil, graphInitializer, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(b)+4*len(t.Float32)))
	return append(head, b...)
}

// dims are the sizes of a variable in ONNX: of a convolution's weights, [height, width, in, out],
// those of [out, in, height, width].
func dims(shape []int) []int {
	if len(shape) != 4 {
		return shape
	}
	return []int{shape[3], shape[2], shape[0], shape[1]}
}

// rawData returns a variable's values in ONNX's order, little endian.
func rawData(t *checkpoint.Tensor) []byte {
	raw := make([]byte, 0, 4*len(t.Float32))
	if len(t.Shape) != 4 {
		for _, x := range t.Float32 {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
		}
		return raw
	}
	taps, in, out := t.Shape[0]*t.Shape[1], t.Shape[2], t.Shape[3]
	for o := range out {
		for i := range in {
			for tap := range taps {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(t.Float32[(tap*in+i)*out+o]))
			}
		}
	}
	return raw
}

// sum is the sha256 of a model's initializers, each with its name and its shape in the network.
type sum struct{ hash.Hash }

func newSum() sum { return sum{sha256.New()} }

// add counts an initializer, whose raw data are in ONNX's order. A hash's Write returns no error.
func (s sum) add(name string, shape []int, raw []byte) {
	fmt.Fprintf(s, "%q %d\n", name, shape)
	s.Write(raw)
}
