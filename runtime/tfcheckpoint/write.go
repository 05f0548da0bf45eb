package tfcheckpoint

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/table"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// Write writes tensors as a checkpoint of that prefix, in a number of shards, and makes it the
// newest of its folder's state. It makes the folder if there is none. Each file is there whole or
// not at all; the index comes behind the shards and the state last, so that after an error or a
// crash the new checkpoint is not there, though some of its shards may be.
//
// It returns the paths of the files. Files of a checkpoint of the same prefix are replaced; shards
// of its that the new one has not are removed.
func Write(prefix string, tensors []checkpoint.Tensor, shards int) ([]string, error) {
	sorted := slices.SortedFunc(slices.Values(tensors), byName)
	if err := check(prefix, sorted, shards); err != nil {
		return nil, err
	}
	before, err := Files(prefix)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(prefix), 0o755); err != nil {
		return nil, fmt.Errorf("write TensorFlow checkpoint: %w", err)
	}
	if err := checkState(filepath.Dir(prefix)); err != nil {
		return nil, fmt.Errorf("write TensorFlow checkpoint %s: %w", prefix, err)
	}
	entries, files, err := writeShards(prefix, sorted, shards)
	if err != nil {
		return nil, err
	}
	index := IndexPath(prefix)
	err = durable.Replace(index, func(w io.Writer) error {
		return writeIndex(w, header{shards: shards, producer: bundleVersion}, sorted, entries)
	})
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", index, err)
	}
	files = append(files, index)
	for _, old := range before {
		if !slices.Contains(files, old) {
			if err := os.Remove(old); err != nil {
				return nil, fmt.Errorf("write TensorFlow checkpoint: remove an old shard: %w", err)
			}
		}
	}
	if err := writeState(prefix); err != nil {
		return nil, err
	}
	return append(files, filepath.Join(filepath.Dir(prefix), StateName)), nil
}

// check refuses what makes no checkpoint.
func check(prefix string, sorted []checkpoint.Tensor, shards int) error {
	if base := filepath.Base(prefix); prefix == "" || prefix[len(prefix)-1] == filepath.Separator || base == "." || base == ".." || base == StateName {
		return fmt.Errorf("write TensorFlow checkpoint: got prefix %q, want FOLDER/NAME such as out/model.ckpt, where NAME is not %s", prefix, StateName)
	}
	if most := max(1, min(len(sorted), maxShards)); shards < 1 || shards > most {
		return fmt.Errorf("write TensorFlow checkpoint: got %d shards, want 1 to %d", shards, most)
	}
	for i := range sorted {
		t := &sorted[i]
		switch n := len(t.Float32) + len(t.Int64); {
		case t.Name == "" || t.Name[0] == 0:
			return fmt.Errorf("write TensorFlow checkpoint: got tensor %q, want a name", t.Name)
		case i > 0 && sorted[i-1].Name == t.Name:
			return fmt.Errorf("write TensorFlow checkpoint: got tensor %q twice, want it once", t.Name)
		case n != checkpoint.Elements(t.Shape) || t.Float32 != nil && t.Int64 != nil:
			return fmt.Errorf("write TensorFlow checkpoint: tensor %q: got %d values, want %d of shape %v", t.Name, n, checkpoint.Elements(t.Shape), t.Shape)
		}
	}
	return nil
}

// writeShards writes the data files, with about as many bytes in each, and returns the tensors'
// entries.
func writeShards(prefix string, sorted []checkpoint.Tensor, shards int) (entries []*entry, files []string, err error) {
	for i, run := range cut(sorted, shards) {
		path := ShardPath(prefix, i, shards)
		err := durable.Replace(path, func(w io.Writer) error {
			offset := int64(0)
			for k := range run {
				e, err := writeTensor(w, &run[k])
				if err != nil {
					return err
				}
				e.shard, e.offset = i, offset
				offset += e.size
				entries = append(entries, e)
			}
			return nil
		})
		if err != nil {
			return nil, nil, fmt.Errorf("write %s: %w", path, err)
		}
		files = append(files, path)
	}
	return entries, files, nil
}

// cut cuts tensors into runs of about as many bytes each, none empty if there are enough tensors.
func cut(sorted []checkpoint.Tensor, runs int) [][]checkpoint.Tensor {
	total, done := 0, 0
	for i := range sorted {
		total += bytesOf(&sorted[i])
	}
	all := make([][]checkpoint.Tensor, runs)
	first := 0
	for run := range all {
		end := first
		for end < len(sorted)-(runs-run-1) && (end == first || done < total/runs*(run+1)) {
			done += bytesOf(&sorted[end])
			end++
		}
		if run == runs-1 {
			end = len(sorted)
		}
		all[run] = sorted[first:end]
		first = end
	}
	return all
}

func bytesOf(t *checkpoint.Tensor) int { return 4*len(t.Float32) + 8*len(t.Int64) }

// writeTensor writes a tensor's bytes, and returns its entry but for its place.
func writeTensor(w io.Writer, t *checkpoint.Tensor) (*entry, error) {
	e := &entry{kind: typeFloat, shape: t.Shape, size: int64(bytesOf(t))}
	if t.Int64 != nil {
		e.kind = typeInt64
	}
	data := make([]byte, 0, e.size)
	for _, x := range t.Values() {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	for _, x := range t.Int64 {
		data = binary.LittleEndian.AppendUint64(data, uint64(x))
	}
	e.sum = mask(crc32.Checksum(data, castagnoli))
	_, err := w.Write(data)
	return e, err
}

// writeIndex writes the table: the header, then an entry a tensor, in the order of their names.
func writeIndex(w io.Writer, h header, sorted []checkpoint.Tensor, entries []*entry) error {
	t := table.NewWriter(w, &opt.Options{Compression: opt.NoCompression, BlockSize: 256 * opt.KiB})
	if err := t.Append(nil, h.encode()); err != nil {
		return err
	}
	for i, e := range entries {
		if err := t.Append([]byte(sorted[i].Name), e.encode()); err != nil {
			return err
		}
	}
	return t.Close()
}
