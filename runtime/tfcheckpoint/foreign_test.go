package tfcheckpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/table"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

func littleEndian(w io.Writer, values any) error { return binary.Write(w, binary.LittleEndian, values) }

// bundle is a checkpoint made by hand, with what [Write] never writes.
type bundle struct {
	t      testing.TB
	prefix string
	header []byte
	shards [][]byte
	pairs  [][2]string // in the order of their keys
}

func newBundle(t testing.TB, shards int) *bundle {
	return &bundle{
		t: t, prefix: filepath.Join(t.TempDir(), "c"), shards: make([][]byte, shards),
		header: message(1, shards, 3, message(1, 1)),
	}
}

// message is a protobuf message of fields: a number, then a value.
func message(fields ...any) (b []byte) {
	for i := 0; i < len(fields); i += 2 {
		n := protowire.Number(fields[i].(int))
		switch v := fields[i+1].(type) {
		case int:
			b = protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), uint64(v))
		case uint32:
			b = protowire.AppendFixed32(protowire.AppendTag(b, n, protowire.Fixed32Type), v)
		case []byte:
			b = protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
		}
	}
	return b
}

func shapeOf(sizes ...int) (b []byte) {
	for _, d := range sizes {
		b = append(b, message(2, message(1, d))...)
	}
	return b
}

// add adds a tensor of a type, in a shard.
func (b *bundle) add(key string, kind, shard int, shape []byte, values any) {
	var data bytes.Buffer
	if err := littleEndian(&data, values); err != nil {
		b.t.Fatal(err)
	}
	offset := len(b.shards[shard])
	b.shards[shard] = append(b.shards[shard], data.Bytes()...)
	b.raw(key, message(1, kind, 2, shape, 3, shard, 4, offset, 5, data.Len(), 6, masked(data.Bytes())))
}

func (b *bundle) raw(key string, entry []byte) {
	b.pairs = append(b.pairs, [2]string{key, string(entry)})
}

// read writes the bundle's files and reads them.
func (b *bundle) read(o *opt.Options) (*Checkpoint, error) {
	b.write(o)
	return Read(b.prefix)
}

// write writes the bundle's files, the table by a library.
func (b *bundle) write(o *opt.Options) {
	var index bytes.Buffer
	w := table.NewWriter(&index, o)
	if err := w.Append(nil, b.header); err != nil {
		b.t.Fatal(err)
	}
	for _, p := range b.pairs {
		if err := w.Append([]byte(p[0]), []byte(p[1])); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	put(b.t, IndexPath(b.prefix), index.Bytes())
	for i, data := range b.shards {
		put(b.t, ShardPath(b.prefix, i, len(b.shards)), data)
	}
}

// TestForeignTables holds that tables of small and compressed blocks are read, with keys cut short
// in any way.
func TestForeignTables(t *testing.T) {
	for name, o := range map[string]*opt.Options{
		"one block":    {Compression: opt.NoCompression},
		"small blocks": {Compression: opt.NoCompression, BlockSize: 64, BlockRestartInterval: 3},
		"snappy":       {Compression: opt.SnappyCompression, BlockSize: 512},
		"no prefixes":  {Compression: opt.NoCompression, BlockRestartInterval: 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t, 3)
			var want []checkpoint.Tensor
			for i := range 200 {
				key, values := fmt.Sprintf("unit_%03d/conv/DW", i), []float32{float32(i), 1}
				b.add(key, 1, i%3, shapeOf(2, 1), values)
				want = append(want, checkpoint.Tensor{Name: key, Shape: []int{2, 1}, Float32: values})
			}
			got, err := b.read(o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Tensors); diff != "" {
				t.Errorf("got other tensors (−want +got):\n%s", diff)
			}
		})
	}
}

// TestTypes holds which types are read, and which are only listed.
func TestTypes(t *testing.T) {
	b := newBundle(t, 1)
	b.add("double", 2, 0, shapeOf(2), []float64{1, 2})
	b.add("int32", 3, 0, nil, []int32{-5})
	b.add("int64", 9, 0, shapeOf(1), []int64{1 << 40})
	b.add("newest", 99, 0, shapeOf(1), []int8{1})
	b.add("text", 7, 0, nil, []byte{2, 0, 0, 0, 0, 'h', 'i'})
	got, err := b.read(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &Checkpoint{
		Prefix: b.prefix,
		Tensors: []checkpoint.Tensor{
			{Name: "int32", Shape: []int{}, Int64: []int64{-5}}, {Name: "int64", Shape: []int{1}, Int64: []int64{1 << 40}},
		},
		Unsupported: []UnsupportedTensor{{"double", "float64", []int{2}}, {"newest", "type 99", []int{1}}, {"text", "string", []int{}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("got (−want +got):\n%s", diff)
	}
}

// The keys of the slices of tensor "w" with two rows: [0,2) × all and [2,3) × all, encoded by hand
// after ordered_code.cc. An extent's number below 64 is one byte, 0x80 more than itself; −1 is
// 0x7f.
const (
	firstRows = "\x00w\x00\x01\x01\x02\x80\x82\x80\x7f"
	lastRow   = "\x00w\x00\x01\x01\x02\x82\x81\x80\x7f"
)

func rows(start, length int) []byte {
	return message(1, message(1, start, 2, length), 1, []byte{})
}

// TestSlices holds that a partitioned tensor is put together.
func TestSlices(t *testing.T) {
	sliced := func(slices ...any) *bundle {
		b := newBundle(t, 2)
		b.add(firstRows, 1, 1, shapeOf(2, 2), []float32{1, 2, 3, 4})
		b.add(lastRow, 1, 0, shapeOf(1, 2), []float32{5, 6})
		b.raw("w", message(append([]any{1, 1, 2, shapeOf(3, 2)}, slices...)...))
		return b
	}
	got, err := sliced(7, rows(2, 1), 7, rows(0, 2)).read(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]checkpoint.Tensor{{Name: "w", Shape: []int{3, 2}, Float32: []float32{1, 2, 3, 4, 5, 6}}}, got.Tensors); diff != "" {
		t.Errorf("got (−want +got):\n%s", diff)
	}
	for want, slices := range map[string][]any{
		"got slices of 4 elements, want 6":   {7, rows(0, 2)},
		"want one of each slice":             {7, rows(0, 1), 7, rows(1, 2)},
		"twice, want it once":                {7, rows(0, 2), 7, rows(0, 2)},
		"got a slice of 2 at 2":              {7, rows(2, 2)},
		"got a slice of 1 dimensions":        {7, message(1, []byte{})},
		"got a slice of 9223372036854775807": {7, rows(1, 1<<63-1)},
	} {
		if _, err := sliced(slices...).read(nil); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `tensor "w"`) {
			t.Errorf("got error %v, want %q and the tensor's name in it", err, want)
		}
	}
}

// TestSliceColumns holds that slices of a later dimension come to their places.
func TestSliceColumns(t *testing.T) {
	b := newBundle(t, 1)
	b.add("\x00w\x00\x01\x01\x02\x80\x7f\x80\x82", 9, 0, shapeOf(2, 2), []int64{1, 2, 4, 5})
	b.add("\x00w\x00\x01\x01\x02\x80\x7f\x82\x81", 9, 0, shapeOf(2, 1), []int64{3, 6})
	columns := func(start, length int) []byte { return message(1, []byte{}, 1, message(1, start, 2, length)) }
	b.raw("w", message(1, 9, 2, shapeOf(2, 3), 7, columns(0, 2), 7, columns(2, 1)))
	got, err := b.read(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]checkpoint.Tensor{{Name: "w", Shape: []int{2, 3}, Int64: []int64{1, 2, 3, 4, 5, 6}}}, got.Tensors); diff != "" {
		t.Errorf("got (−want +got):\n%s", diff)
	}
}

// TestSignedNumbers holds the encoding of numbers with a sign, by examples of ordered_code.cc and
// by hand.
func TestSignedNumbers(t *testing.T) {
	for code, want := range map[string]int64{
		"\x80": 0, "\x81": 1, "\xbf": 63, "\xc0\x40": 64, "\xdf\xff": 1<<13 - 1, "\xe0\x20\x00": 1 << 13,
		"\xf0\x42\x42\x42": 0x424242, "\x7f": -1, "\x40": -64, "\x38\x00": -0x800, "\xf8\x40\x00\x00\x00": 1 << 30,
	} {
		if got, rest, err := decodeSigned(code + "x"); err != nil || got != want || rest != "x" {
			t.Errorf("%x: got %d, rest %q (%v), want %d", code, got, rest, err, want)
		}
	}
	for _, code := range []string{"", "\xc0", "\xf0\x42\x42", "\xff\xff\xff"} {
		if _, _, err := decodeSigned(code); err == nil {
			t.Errorf("%x: got no error", code)
		}
	}
}

// TestRefused holds what a checkpoint may not say, and that the error names file and tensor.
func TestRefused(t *testing.T) {
	sum := masked(make([]byte, 8))
	for want, change := range map[string]func(*bundle){
		"of a big-endian machine":                     func(b *bundle) { b.header = message(1, 1, 2, 1) },
		"for readers of version 2 or newer":           func(b *bundle) { b.header = message(1, 1, 3, message(1, 2, 2, 2)) },
		"got 0 shards, want 1":                        func(b *bundle) { b.header = nil },
		"header: not a protobuf message":              func(b *bundle) { b.header = []byte{0xff} },
		`tensor "w": not a protobuf message`:          func(b *bundle) { b.raw("w", []byte("\x12\x05")) },
		`tensor "w": got shard 1, want 0 to 0`:        func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(2), 3, 1, 5, 8, 6, sum)) },
		`tensor "w": got 8 bytes, want 12 of float32`: func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(3), 5, 8, 6, sum)) },
		`tensor "w": got -8 bytes at 0`:               func(b *bundle) { b.raw("w", message(1, 7, 2, shapeOf(3), 5, -8)) },
		`tensor "w": got dimension 0 of size -1`:      func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(-1))) },
		`tensor "w": got a shape of unknown rank`:     func(b *bundle) { b.raw("w", message(1, 1, 2, message(3, 1))) },
		`tensor "w": got shape [2147483647`:           func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(1<<31-1, 1<<31-1, 1<<31-1))) },
		`tensor "w": got a file of 8 bytes, want 16`:  func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(2), 4, 8, 5, 8, 6, sum)) },
		`tensor "w": got tensors of 16 bytes or more`: func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(2), 5, 8, 6, sum)) },
		`tensor "first": got checksum`:                func(b *bundle) { b.shards[0][3] = 1 },
		`entry "\x00w": got a slice's name that ends`: func(b *bundle) { b.pairs = nil; b.raw("\x00w", nil) },
		"want one of each slice":                      func(b *bundle) { b.raw("w", message(1, 1, 2, shapeOf(1<<30), 7, message(1, []byte{}))) },
	} {
		b := newBundle(t, 1)
		b.add("first", 1, 0, shapeOf(2), []float32{0, 0})
		change(b)
		_, err := b.read(nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), b.prefix) {
			t.Errorf("got error %v, want %q and the file's name in it", err, want)
		}
	}
}
