package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of TensorFlow's event.proto and summary.proto that are written here.
const (
	eventWallTime    = 1 // double
	eventStep        = 2 // int64
	eventFileVersion = 3 // string
	eventSummary     = 5 // Summary
	eventSessionLog  = 7 // SessionLog

	sessionStatus = 1 // enum
	sessionStart  = 1 // its value START

	summaryValue = 1 // Value, repeated

	valueTag   = 1 // string
	valueFloat = 2 // float
	valueImage = 4 // Image
	valueHisto = 5 // HistogramProto

	imageHeight     = 1 // int32
	imageWidth      = 2 // int32
	imageColorspace = 3 // int32: the number of channels
	imageEncoded    = 4 // bytes: a PNG

	histoMin          = 1 // double, as are all of a histogram's
	histoMax          = 2
	histoNum          = 3
	histoSum          = 4
	histoSumSquares   = 5
	histoBucketLimits = 6 // repeated, packed
	histoBuckets      = 7 // repeated, packed
)

// event returns an Event of a time, in seconds since 1970, and a step, with one field more: a
// message or a text.
func event(seconds float64, step int, field protowire.Number, content []byte) []byte {
	b := appendDouble(nil, eventWallTime, seconds)
	b = appendInt(b, eventStep, step)
	return appendBytes(b, field, content)
}

// value returns a Summary with one Value: its tag, and a field that is encoded already.
func value(tag string, field []byte) []byte {
	v := appendBytes(nil, valueTag, []byte(tag))
	return appendBytes(nil, summaryValue, append(v, field...))
}

func appendDouble(b []byte, field protowire.Number, x float64) []byte {
	b = protowire.AppendTag(b, field, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, math.Float64bits(x))
}

func appendFloat(b []byte, field protowire.Number, x float32) []byte {
	b = protowire.AppendTag(b, field, protowire.Fixed32Type)
	return protowire.AppendFixed32(b, math.Float32bits(x))
}

func appendInt(b []byte, field protowire.Number, x int) []byte {
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(x))
}

func appendBytes(b []byte, field protowire.Number, x []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, x)
}

func appendDoubles(b []byte, field protowire.Number, values []float64) []byte {
	var packed []byte
	for _, x := range values {
		packed = protowire.AppendFixed64(packed, math.Float64bits(x))
	}
	return appendBytes(b, field, packed)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is TensorFlow's masked CRC-32C: rotated, and moved by a constant, so that the sum of data
// that holds sums is not one of theirs (tensorflow/tsl/lib/hash/crc32c.h).
func masked(data []byte) uint32 {
	sum := crc32.Checksum(data, castagnoli)
	return (sum>>15 | sum<<17) + 0xa282ead8
}

// record frames an event as a TFRecord: its length (8 bytes, little endian), the length's masked
// sum (4 bytes), the event, and its masked sum (4 bytes).
func record(event []byte) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(event)))
	b = binary.LittleEndian.AppendUint32(b, masked(b))
	b = append(b, event...)
	return binary.LittleEndian.AppendUint32(b, masked(event))
}
