package tfcheckpoint

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"math"
	"slices"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// Checkpoint is what a checkpoint holds.
type Checkpoint struct {
	Prefix      string
	Tensors     []checkpoint.Tensor // those of float32, int64, and int32 as int64, by name
	Unsupported []UnsupportedTensor // by name
}

// UnsupportedTensor is a tensor of a type that [Read] does not support.
type UnsupportedTensor struct {
	Name  string
	Type  string // such as "float64" or "string"
	Shape []int
}

// Limits of what is read, far above any network's.
const (
	maxEntries = 1 << 20
	maxSlices  = 1 << 16 // of a tensor
)

// Read reads the checkpoint that [Resolve] finds at a path. Every checksum is checked, of tensors
// that are not read too, but for those whose elements have no fixed size. An error names the file,
// and the tensor if it is about one.
func Read(path string) (*Checkpoint, error) {
	prefix, err := Resolve(path)
	if err != nil {
		return nil, err
	}
	r := &reader{prefix: prefix}
	defer r.close()
	if err := r.readIndex(); err != nil {
		return nil, fmt.Errorf("read %s: %w", IndexPath(prefix), err)
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r.readAll()
}

// reader is a checkpoint that is being read.
type reader struct {
	prefix  string
	header  header
	entries map[string]*entry // by name, without those of slices
	parts   map[string]*entry // of slices, by [sliceKey]
	shards  map[int]*shard
	buffer  []byte // of a part of a tensor
}

// shard is an open data file.
type shard struct {
	path string
	*inputfile.File
}

// readIndex reads all entries.
func (r *reader) readIndex() error {
	data, err := inputfile.Read(IndexPath(r.prefix), maxTableBytes)
	if err != nil {
		return withoutPath(err)
	}
	r.entries, r.parts = map[string]*entry{}, map[string]*entry{}
	begun := false
	err = readTable(data, func(key, value []byte) (err error) {
		if !begun {
			if begun = true; len(key) > 0 {
				return fmt.Errorf("got first entry %q, want the header", key)
			}
			if isV1Header(value) {
				return errV1
			}
			if r.header, err = decodeHeader(value); err != nil {
				return fmt.Errorf("header: %w", err)
			}
			return nil
		}
		return r.addEntry(string(key), value)
	})
	if err == nil && !begun {
		err = fmt.Errorf("got an empty table, want a header and entries")
	}
	return err
}

// addEntry keeps an entry after checking what it says.
func (r *reader) addEntry(key string, value []byte) error {
	name, extents, isSlice, err := decodeSliceName(key)
	if err != nil {
		return fmt.Errorf("entry %q: %w", key, err)
	}
	if !isSlice {
		name = key
	}
	e, err := decodeEntry(value)
	if err == nil {
		err = r.checkEntry(e)
	}
	if err != nil {
		return fmt.Errorf("tensor %q: %w", name, err)
	}
	if isSlice {
		r.parts[sliceKey(name, extents)] = e
	} else {
		r.entries[name] = e
	}
	if len(r.entries)+len(r.parts) > maxEntries {
		return fmt.Errorf("got more than %d tensors", maxEntries)
	}
	return nil
}

func (r *reader) checkEntry(e *entry) error {
	n, err := elements(e.shape)
	if err != nil {
		return err
	}
	if e.slices != nil {
		if len(e.slices) > maxSlices {
			return fmt.Errorf("got %d slices, want at most %d", len(e.slices), maxSlices)
		}
		return nil // the rest is its slices'
	}
	if e.shard < 0 || e.shard >= r.header.shards {
		return fmt.Errorf("got shard %d, want 0 to %d", e.shard, r.header.shards-1)
	}
	if e.offset < 0 || e.size < 0 || e.offset > math.MaxInt64-e.size {
		return fmt.Errorf("got %d bytes at %d", e.size, e.offset)
	}
	if size := int64(e.kind.size()); size > 0 && e.size != n*size {
		return fmt.Errorf("got %d bytes, want %d of %s and shape %v", e.size, n*size, e.kind, e.shape)
	}
	return nil
}

// open opens the shards that entries are in, and checks that each entry is within its own, and that
// all together are no larger than the files: so what is read is bounded by what is there.
func (r *reader) open() error {
	r.shards = map[int]*shard{}
	used := map[int]int64{}
	check := func(name string, e *entry) error {
		if e.slices != nil {
			return nil
		}
		s, err := r.shard(e.shard)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if e.offset+e.size > s.Size {
			return fmt.Errorf("read %s: tensor %q: got a file of %d bytes, want %d or more: the file is truncated", s.path, name, s.Size, e.offset+e.size)
		}
		if used[e.shard] += e.size; used[e.shard] > s.Size {
			return fmt.Errorf("read %s: tensor %q: got tensors of %d bytes or more, want at most the file's %d: they overlap", s.path, name, used[e.shard], s.Size)
		}
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r.entries)) {
		if err := check(name, r.entries[name]); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.parts)) {
		if err := check(key, r.parts[key]); err != nil {
			return err
		}
	}
	return nil
}

// shard opens a data file, or returns the one that is open.
func (r *reader) shard(i int) (*shard, error) {
	if s := r.shards[i]; s != nil {
		return s, nil
	}
	s := &shard{path: ShardPath(r.prefix, i, r.header.shards)}
	var err error
	if s.File, err = inputfile.Open(s.path, math.MaxInt64); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read TensorFlow checkpoint: got no file %s, want each of its %d shards", s.path, r.header.shards)
	} else if err != nil {
		return nil, fmt.Errorf("read TensorFlow checkpoint: %w", err)
	}
	r.shards[i] = s
	return s, nil
}

func (r *reader) close() {
	for _, s := range r.shards {
		s.Close() //nolint:errcheck // nothing was written
	}
}

// readAll reads the tensors.
func (r *reader) readAll() (*Checkpoint, error) {
	c := &Checkpoint{Prefix: r.prefix}
	total := int64(0)
	for _, name := range slices.Sorted(maps.Keys(r.entries)) {
		e := r.entries[name]
		if n, _ := elements(e.shape); e.kind.read() {
			total += n * int64(e.kind.size())
		}
		if total > checkpoint.MaxBytes {
			return nil, fmt.Errorf("read %s: tensor %q: got more than %d bytes of tensors", IndexPath(r.prefix), name, int64(checkpoint.MaxBytes))
		}
		if !e.kind.read() {
			c.Unsupported = append(c.Unsupported, UnsupportedTensor{name, e.kind.String(), e.shape})
			if err := r.verify(name, e); err != nil {
				return nil, err
			}
			continue
		}
		t, err := r.tensor(name, e)
		if err != nil {
			return nil, err
		}
		c.Tensors = append(c.Tensors, t)
	}
	return c, nil
}

// tensor reads a tensor, from its slices if it has them.
func (r *reader) tensor(name string, e *entry) (checkpoint.Tensor, error) {
	if e.slices == nil {
		t := newTensor(name, e)
		return t, r.read(name, e, func(at int64, part []byte) { setElements(&t, e.kind, int(at)/e.kind.size(), part) })
	}
	data, err := r.assemble(name, e)
	if err != nil {
		return checkpoint.Tensor{}, fmt.Errorf("read %s: tensor %q: %w", IndexPath(r.prefix), name, err)
	}
	t := newTensor(name, e)
	setElements(&t, e.kind, 0, data)
	return t, nil
}

// newTensor has room for an entry's elements, which the files have: that was checked.
func newTensor(name string, e *entry) checkpoint.Tensor {
	t := checkpoint.Tensor{Name: name, Shape: e.shape}
	n, _ := elements(e.shape)
	if e.kind == typeFloat {
		t.Float32 = make([]float32, n)
	} else {
		t.Int64 = make([]int64, n)
	}
	return t
}

// partBytes is a whole number of elements of any type.
const partBytes = 1 << 18

// read calls visit with one part after the other of an entry's bytes, which are visit's only until
// it returns, and checks the sum of all. visit may be nil.
func (r *reader) read(name string, e *entry, visit func(at int64, part []byte)) error {
	s, sum := r.shards[e.shard], uint32(0)
	if r.buffer == nil {
		r.buffer = make([]byte, partBytes)
	}
	for at := int64(0); at < e.size; at += partBytes {
		part := r.buffer[:min(partBytes, e.size-at)]
		if n, err := s.ReadAt(part, e.offset+at); n < len(part) {
			return fmt.Errorf("read %s: tensor %q: %w", s.path, name, err)
		}
		sum = crc32.Update(sum, castagnoli, part)
		if visit != nil {
			visit(at, part)
		}
	}
	if got := mask(sum); got != e.sum {
		return fmt.Errorf("read %s: tensor %q: got checksum %08x, want %08x as the index says: it is damaged", s.path, name, got, e.sum)
	}
	return nil
}

// bytes returns the bytes of an entry after checking their sum.
func (r *reader) bytes(name string, e *entry) ([]byte, error) {
	data := make([]byte, e.size)
	return data, r.read(name, e, func(at int64, part []byte) { copy(data[at:], part) })
}

// verify checks the sum of a tensor that is not read.
func (r *reader) verify(name string, e *entry) error {
	if e.slices != nil || e.kind.size() == 0 {
		return nil // the sum of strings is not that of their bytes
	}
	return r.read(name, e, nil)
}

// setElements sets elements of a tensor, from a number on.
func setElements(t *checkpoint.Tensor, kind dataType, from int, data []byte) {
	switch kind {
	case typeFloat:
		for i := range len(data) / 4 {
			t.Float32[from+i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
		}
	case typeInt64:
		for i := range len(data) / 8 {
			t.Int64[from+i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	case typeInt32:
		for i := range len(data) / 4 {
			t.Int64[from+i] = int64(int32(binary.LittleEndian.Uint32(data[4*i:])))
		}
	}
}

// withoutPath is an error of a file without its path, which is said besides.
func withoutPath(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// byName orders tensors as an index does.
func byName(a, b checkpoint.Tensor) int { return cmp.Compare(a.Name, b.Name) }
