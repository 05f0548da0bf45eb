package onnx

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of onnx.proto's messages that are written or read here.
const (
	modelIRVersion       = 1  // int64
	modelProducerName    = 2  // string
	modelProducerVersion = 3  // string
	modelDoc             = 6  // string
	modelGraph           = 7  // GraphProto
	modelOpset           = 8  // OperatorSetIdProto, repeated
	modelMetadata        = 14 // StringStringEntryProto, repeated

	opsetDomain  = 1 // string; empty: ai.onnx
	opsetVersion = 2 // int64

	entryKey   = 1 // string
	entryValue = 2 // string

	graphNode        = 1  // NodeProto, repeated
	graphName        = 2  // string
	graphInitializer = 5  // TensorProto, repeated
	graphInput       = 11 // ValueInfoProto, repeated
	graphOutput      = 12 // ValueInfoProto, repeated

	nodeInput     = 1 // string, repeated
	nodeOutput    = 2 // string, repeated
	nodeName      = 3 // string
	nodeOp        = 4 // string
	nodeAttribute = 5 // AttributeProto, repeated

	attributeName   = 1  // string
	attributeFloat  = 2  // float
	attributeInt    = 3  // int64
	attributeFloats = 7  // float, repeated
	attributeInts   = 8  // int64, repeated
	attributeType   = 20 // an attributeKind

	tensorDims     = 1  // int64, repeated
	tensorDataType = 2  // a dataType
	tensorFloats   = 4  // float, repeated, packed
	tensorName     = 8  // string
	tensorRaw      = 9  // bytes, little endian
	tensorLocation = 14 // 1: in another file

	valueName = 1 // string
	valueType = 2 // TypeProto

	typeTensor  = 1 // TypeProto.Tensor
	elementType = 1 // a dataType
	typeShape   = 2 // TensorShapeProto

	shapeDim = 1 // Dimension, repeated
	dimValue = 1 // int64
	dimParam = 2 // string
)

// dataType is TensorProto.DataType.
type dataType int

const (
	typeFloat dataType = 1
	typeUint8 dataType = 2
)

// attributeKind is AttributeProto.AttributeType.
type attributeKind int

const (
	kindFloat  attributeKind = 1
	kindInt    attributeKind = 2
	kindFloats attributeKind = 6
	kindInts   attributeKind = 7
)

func appendInt(b []byte, field protowire.Number, x int) []byte {
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(x))
}

func appendFloat(b []byte, field protowire.Number, x float32) []byte {
	b = protowire.AppendTag(b, field, protowire.Fixed32Type)
	return protowire.AppendFixed32(b, math.Float32bits(x))
}

func appendString(b []byte, field protowire.Number, s string) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendString(b, s)
}

func appendMessage(b []byte, field protowire.Number, message []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, message)
}

// attribute is a node's, encoded.
type attribute []byte

func floatAttribute(name string, x float64) attribute {
	b := appendString(nil, attributeName, name)
	b = appendFloat(b, attributeFloat, float32(x))
	return appendInt(b, attributeType, int(kindFloat))
}

func floatsAttribute(name string, values []float64) attribute {
	b := appendString(nil, attributeName, name)
	for _, x := range values {
		b = appendFloat(b, attributeFloats, float32(x))
	}
	return appendInt(b, attributeType, int(kindFloats))
}

func intAttribute(name string, x int) attribute {
	b := appendString(nil, attributeName, name)
	b = appendInt(b, attributeInt, x)
	return appendInt(b, attributeType, int(kindInt))
}

func intsAttribute(name string, values ...int) attribute {
	b := appendString(nil, attributeName, name)
	for _, x := range values {
		b = appendInt(b, attributeInts, x)
	}
	return appendInt(b, attributeType, int(kindInts))
}

// value returns a ValueInfoProto of a tensor: N, whatever number that is, by the given sizes.
func value(name string, element dataType, sizes ...int) []byte {
	shape := appendMessage(nil, shapeDim, appendString(nil, dimParam, "N"))
	for _, n := range sizes {
		shape = appendMessage(shape, shapeDim, appendInt(nil, dimValue, n))
	}
	tensor := appendInt(nil, elementType, int(element))
	tensor = appendMessage(tensor, typeShape, shape)
	b := appendString(nil, valueName, name)
	return appendMessage(b, valueType, appendMessage(nil, typeTensor, tensor))
}
