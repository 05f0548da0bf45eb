package tfcheckpoint

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/syndtr/goleveldb/leveldb/opt"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// tableBound is what a table may take for each of its bytes: its keys may be so many times as long
// as the table.
var tableBound = fuzzbound.Bound{Memory: 1 << 20, MemoryPerByte: 16 * maxSharing, Time: fuzzbound.Default.Time, TimePerByte: fuzzbound.Default.TimePerByte}

// FuzzEntry holds that no header and entry make a panic, or more memory than the files have.
func FuzzEntry(f *testing.F) {
	b := newBundle(f, 1)
	f.Add(b.header, "w", message(1, 1, 2, shapeOf(2), 5, 8, 6, masked(make([]byte, 8))), make([]byte, 8))
	f.Add(b.header, firstRows, message(1, 1, 2, shapeOf(2, 2), 5, 16), make([]byte, 16))
	f.Add(b.header, "w", message(1, 1, 2, shapeOf(3, 2), 7, rows(0, 2)), make([]byte, 8))
	f.Add(message(1, maxShards, 3, message(1, 1)), "w", message(1, 1, 2, shapeOf(1<<31-1, 1<<31-1), 5, -1), []byte{})
	prefix := b.prefix
	f.Fuzz(func(t *testing.T, header []byte, key string, entry, data []byte) {
		if key == "" {
			return
		}
		b := &bundle{t: t, prefix: prefix, header: header, shards: [][]byte{data}}
		b.raw(key, entry)
		b.check(len(header) + len(key) + len(entry))
	})
}

// check reads a bundle whose index was made of so many bytes within the bound, and holds that its
// tensors are no more than its shards.
func (b *bundle) check(size int) {
	total := 0
	for _, data := range b.shards {
		total += len(data)
	}
	b.write(&opt.Options{Compression: opt.NoCompression})
	tableBound.Check(b.t, size+total, func() {
		c, err := Read(b.prefix)
		if err != nil {
			return
		}
		values := 0
		for _, x := range c.Tensors {
			values += len(x.Float32) + len(x.Int64)
		}
		if 4*values > total {
			b.t.Errorf("got %d values of %d bytes", values, total)
		}
	})
}

// pairsOf takes bytes apart into keys and values, each behind its length, in the order of their
// keys.
func pairsOf(b []byte) (pairs [][2]string) {
	next := func() (text string) {
		if len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			text, b = string(b[1:1+n]), b[1+n:]
		}
		return text
	}
	for len(b) > 0 {
		if key, value := next(), next(); key != "" {
			pairs = append(pairs, [2]string{key, value})
		}
	}
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(a[0], b[0]) })
	return slices.CompactFunc(pairs, func(a, b [2]string) bool { return a[0] == b[0] })
}

// listOf is what [pairsOf] takes apart.
func listOf(texts ...string) (b []byte) {
	for _, text := range texts {
		b = append(append(b, byte(len(text))), text...)
	}
	return b
}

// FuzzCheckpoint holds the same of whole checkpoints, with sums that are right: so their tensors
// and slices are read.
func FuzzCheckpoint(f *testing.F) {
	b := newBundle(f, 2)
	f.Add(b.header, listOf("a", string(message(1, 1, 2, shapeOf(2), 5, 8)), "b", string(message(1, 9, 2, shapeOf(1), 3, 1, 5, 8))), make([]byte, 8), make([]byte, 8))
	f.Add(b.header, listOf(firstRows, string(message(1, 1, 2, shapeOf(2, 2), 5, 16)), "w", string(message(1, 1, 2, shapeOf(2, 2), 7, rows(0, 2)))), make([]byte, 16), []byte{})
	f.Add(b.header, listOf("s", string(message(1, 7, 2, shapeOf(2), 5, 9)), "c", string(message(1, 18, 2, shapeOf(1), 5, 16))), make([]byte, 16), []byte{})
	prefix := b.prefix
	f.Fuzz(func(t *testing.T, header, pairs, first, second []byte) {
		b := &bundle{t: t, prefix: prefix, header: header, shards: [][]byte{first, second}, pairs: pairsOf(pairs)}
		for i, p := range b.pairs {
			e, err := decodeEntry([]byte(p[1]))
			if err != nil || e.slices != nil || e.shard < 0 || e.shard > 1 {
				continue
			}
			data := b.shards[e.shard]
			if n := int64(len(data)); e.offset >= 0 && e.offset <= n && e.size >= 0 && e.size <= n-e.offset {
				e.sum = masked(data[e.offset:][:e.size])
				b.pairs[i][1] = string(e.encode())
			}
		}
		b.check(len(header) + 2*len(pairs))
	})
}

// sealed is a block with its trailer.
func sealed(content []byte, compression byte) []byte {
	b := append(slices.Clip(content), compression)
	return binary.LittleEndian.AppendUint32(b, masked(b))
}

// footerOf is a table's, whose index of blocks lies at offset.
func footerOf(offset, size int) []byte {
	b := append(handleOf(0, 0), handleOf(offset, size)...)
	return binary.LittleEndian.AppendUint64(append(b, make([]byte, footerBytes-8-len(b))...), tableMagic)
}

func handleOf(offset, size int) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(offset)), uint64(size))
}

// blockOf is a block of entries: what each shares, its key, and its value.
func blockOf(entries ...any) (b []byte) {
	for i := 0; i < len(entries); i += 3 {
		shared, key, value := entries[i].(int), entries[i+1].(string), entries[i+2].(string)
		for _, n := range []int{shared, len(key), len(value)} {
			b = binary.AppendUvarint(b, uint64(n))
		}
		b = append(append(b, key...), value...)
	}
	return append(b, 0, 0, 0, 0, 1, 0, 0, 0)
}

// sharing is a block of so many keys, each of which is the one before and a byte.
func sharing(n int) []byte {
	entries := []any{0, "", ""}
	for i := range n {
		entries = append(entries, i, "a", "")
	}
	return blockOf(entries...)
}

// FuzzTable holds that no bytes of an index make a panic or take more memory and time than the
// bound: as they are, and as blocks with sums that are right.
func FuzzTable(f *testing.F) {
	whole := tableOf(f, &opt.Options{Compression: opt.SnappyCompression}, "", "", "a/DW", "a/DW", "a/biases", "a/biases")
	small := blockOf(0, "", "1", 0, "ab", "2", 1, "c", "3")
	f.Add(whole, blockOf(0, "z", string(handleOf(0, len(small)))), small, byte(uncompressed))
	f.Add(whole[:60], blockOf(0, "a", "\x00\x00", 0, "b", "\x00\x00"), small, byte(uncompressed))
	packed := snappy.Encode(nil, small)
	f.Add([]byte{}, blockOf(0, "z", string(handleOf(0, len(packed)))), packed, byte(snappyed))
	f.Add([]byte{}, blockOf(0, "z", string(handleOf(0, 5))), []byte("\xff\xff\xff\x1f\x00"), byte(snappyed))
	zeros := snappy.Encode(nil, make([]byte, 1<<16))
	f.Add([]byte{}, blockOf(0, "z", string(handleOf(0, len(zeros)))), zeros, byte(snappyed))
	long := sharing(2000)
	f.Add([]byte{}, blockOf(0, "z", string(handleOf(0, len(long)))), long, byte(uncompressed))
	f.Fuzz(func(t *testing.T, data, index, block []byte, compression byte) {
		blocks := append(sealed(block, compression), sealed(index, uncompressed)...)
		made := append(blocks, footerOf(len(block)+trailerBytes, len(index))...)
		for _, table := range [][]byte{data, made} {
			tableBound.Check(t, len(table), func() {
				r := &reader{entries: map[string]*entry{}, parts: map[string]*entry{}, header: header{shards: 1}}
				total := 0
				_ = readTable(table, func(key, value []byte) error { //nolint:errcheck // most are none
					total += len(key)
					return r.addEntry(string(key), value)
				})
				if total > maxSharing*len(table) {
					t.Errorf("got keys of %d bytes, want at most %d times those of the table", total, maxSharing)
				}
			})
		}
		_ = readBlock(block, func(_, _ []byte) error { return nil }) //nolint:errcheck // most are none
	})
}

// TestTableBombs holds that small tables that say they are large are refused, without the memory
// for it.
func TestTableBombs(t *testing.T) {
	long, zeros := sharing(50000), snappy.Encode(nil, make([]byte, 1<<26+1))
	for name, c := range map[string]struct {
		block       []byte
		compression byte
		want        string
	}{
		"a length of snappy": {[]byte("\xff\xff\xff\x1f\x00"), snappyed, "got 5 bytes that say they are 67108863, want fewer"},
		"zeros of snappy":    {zeros, snappyed, "got blocks of more than 67108864 bytes"},
		"keys that share":    {long, uncompressed, "got keys of more than"},
	} {
		index := blockOf(0, "z", string(handleOf(0, len(c.block))))
		blocks := append(sealed(c.block, c.compression), sealed(index, uncompressed)...)
		table := append(blocks, footerOf(len(c.block)+trailerBytes, len(index))...)
		tableBound.Check(t, len(table), func() {
			err := readTable(table, func(_, _ []byte) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
			}
		})
	}
}

// FuzzState holds that no text makes a panic.
func FuzzState(f *testing.F) {
	f.Add("model_checkpoint_path: \"a\"\nall_model_checkpoint_paths: \"\\303\"\n")
	f.Add("model_checkpoint_path: ''")
	f.Add(strings.Repeat("all_model_checkpoint_paths: \"a\"\n", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		var s state
		var err error
		fuzzbound.Default.Check(t, len(text), func() { s, err = parseState(text) })
		if err != nil {
			return
		}
		again, err := parseState("model_checkpoint_path: " + quote(s.path))
		if err != nil || again.path != s.path {
			t.Errorf("%q: got %q (%v) again", s.path, again.path, err)
		}
	})
}
