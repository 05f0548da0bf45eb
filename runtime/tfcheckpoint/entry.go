package tfcheckpoint

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of tensor_bundle.proto, versions.proto, tensor_shape.proto and tensor_slice.proto.
const (
	headerShards     = 1 // int32
	headerEndianness = 2 // enum
	headerVersion    = 3 // VersionDef

	versionProducer    = 1 // int32
	versionMinConsumer = 2 // int32

	entryType   = 1 // enum
	entryShape  = 2 // TensorShapeProto
	entryShard  = 3 // int32
	entryOffset = 4 // int64
	entrySize   = 5 // int64
	entrySum    = 6 // fixed32
	entrySlices = 7 // TensorSliceProto, repeated

	shapeDimension   = 2 // Dim, repeated
	shapeUnknownRank = 3 // bool
	dimensionSize    = 1 // int64

	sliceExtent  = 1 // Extent, repeated
	extentStart  = 1 // int64
	extentLength = 2 // int64; absent or −1: all
)

const (
	bigEndian     = 1 // BundleHeaderProto.BIG
	bundleVersion = 1 // kTensorBundleVersion: what is written, and the newest that is read
	maxShards     = 99999
)

// header is a BundleHeaderProto.
type header struct {
	shards, endianness, producer, minConsumer int
}

func (h header) encode() []byte {
	version := appendInt(nil, versionProducer, int64(h.producer))
	version = appendInt(version, versionMinConsumer, int64(h.minConsumer))
	b := appendInt(nil, headerShards, int64(h.shards))
	b = appendInt(b, headerEndianness, int64(h.endianness))
	return appendBytes(b, headerVersion, version)
}

func decodeHeader(b []byte) (h header, err error) {
	err = fields(b, func(n protowire.Number, x uint64, message []byte) error {
		switch n {
		case headerShards:
			h.shards = int(int32(x))
		case headerEndianness:
			h.endianness = int(int32(x))
		case headerVersion:
			return fields(message, func(n protowire.Number, x uint64, _ []byte) error {
				switch n {
				case versionProducer:
					h.producer = int(int32(x))
				case versionMinConsumer:
					h.minConsumer = int(int32(x))
				}
				return nil
			})
		}
		return nil
	})
	switch {
	case err != nil:
	case h.endianness == bigEndian:
		err = errors.New("got a checkpoint of a big-endian machine, want a little-endian one's")
	case h.endianness != 0:
		err = fmt.Errorf("got endianness %d, want 0, little", h.endianness)
	case h.minConsumer > bundleVersion:
		err = fmt.Errorf("got a checkpoint for readers of version %d or newer, want at most %d", h.minConsumer, bundleVersion)
	case h.shards < 1 || h.shards > maxShards:
		err = fmt.Errorf("got %d shards, want 1 to %d", h.shards, maxShards)
	}
	return h, err
}

// entry is a BundleEntryProto.
type entry struct {
	kind         dataType
	shape        []int
	shard        int
	offset, size int64
	sum          uint32
	slices       [][]extent // of a partitioned tensor, which has no bytes of its own
}

// extent is a slice's part of a dimension. length −1: all of it.
type extent struct{ start, length int64 }

func (e *entry) encode() []byte {
	var shape []byte
	for _, d := range e.shape {
		shape = appendBytes(shape, shapeDimension, appendInt(nil, dimensionSize, int64(d)))
	}
	b := appendInt(nil, entryType, int64(e.kind))
	b = appendBytes(b, entryShape, shape)
	b = appendInt(b, entryShard, int64(e.shard))
	b = appendInt(b, entryOffset, e.offset)
	b = appendInt(b, entrySize, e.size)
	b = protowire.AppendTag(b, entrySum, protowire.Fixed32Type)
	return protowire.AppendFixed32(b, e.sum)
}

func decodeEntry(b []byte) (e *entry, err error) {
	e = &entry{shape: []int{}}
	err = fields(b, func(n protowire.Number, x uint64, message []byte) (err error) {
		switch n {
		case entryType:
			e.kind = dataType(int32(x))
		case entryShape:
			e.shape, err = decodeShape(message)
		case entryShard:
			e.shard = int(int32(x))
		case entryOffset:
			e.offset = int64(x)
		case entrySize:
			e.size = int64(x)
		case entrySum:
			e.sum = uint32(x)
		case entrySlices:
			var s []extent
			s, err = decodeSlice(message)
			e.slices = append(e.slices, s)
		}
		return err
	})
	return e, err
}

// maxRank is TensorFlow's TensorShape::MaxDimensions.
const maxRank = 254

func decodeShape(b []byte) ([]int, error) {
	shape := []int{}
	err := fields(b, func(n protowire.Number, x uint64, message []byte) error {
		switch n {
		case shapeUnknownRank:
			if x != 0 {
				return errors.New("got a shape of unknown rank, want a known one")
			}
		case shapeDimension:
			size := int64(0)
			if err := fields(message, func(n protowire.Number, x uint64, _ []byte) error {
				if n == dimensionSize {
					size = int64(x)
				}
				return nil
			}); err != nil {
				return err
			}
			if size < 0 || size > math.MaxInt32 || len(shape) == maxRank {
				return fmt.Errorf("got dimension %d of size %d, want 0 to %d", len(shape), size, math.MaxInt32)
			}
			shape = append(shape, int(size))
		}
		return nil
	})
	return shape, err
}

func decodeSlice(b []byte) (extents []extent, err error) {
	err = fields(b, func(n protowire.Number, _ uint64, message []byte) error {
		if n != sliceExtent {
			return nil
		}
		e := extent{length: -1}
		err := fields(message, func(n protowire.Number, x uint64, _ []byte) error {
			switch n {
			case extentStart:
				e.start = int64(x)
			case extentLength:
				e.length = int64(x)
			}
			return nil
		})
		extents = append(extents, e)
		return err
	})
	return extents, err
}

// elements is the number of a shape's elements.
func elements(shape []int) (int64, error) {
	n := int64(1)
	if slices.Contains(shape, 0) {
		return 0, nil
	}
	for _, d := range shape {
		if n > math.MaxInt64/16/int64(d) {
			return 0, fmt.Errorf("got shape %v, want fewer elements", shape)
		}
		n *= int64(d)
	}
	return n, nil
}

// fields calls visit with each field of a message: its value if that is a number, or its content.
func fields(b []byte, visit func(n protowire.Number, x uint64, content []byte) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return fmt.Errorf("not a protobuf message: %w", protowire.ParseError(n))
		}
		b = b[n:]
		var x uint64
		var content []byte
		switch kind {
		case protowire.VarintType:
			x, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var short uint32
			short, n = protowire.ConsumeFixed32(b)
			x = uint64(short)
		case protowire.BytesType:
			content, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return fmt.Errorf("not a protobuf message: field %d: %w", number, protowire.ParseError(n))
		}
		if err := visit(number, x, content); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// appendInt appends a field that is not 0, as proto3 has it.
func appendInt(b []byte, n protowire.Number, x int64) []byte {
	if x == 0 {
		return b
	}
	b = protowire.AppendTag(b, n, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(x))
}

func appendBytes(b []byte, n protowire.Number, content []byte) []byte {
	b = protowire.AppendTag(b, n, protowire.BytesType)
	return protowire.AppendBytes(b, content)
}
