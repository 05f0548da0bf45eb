// Package tfcheckpoint reads and writes TensorFlow's V2 checkpoints, its "tensor bundles". A
// checkpoint has an index, PREFIX.index: a sorted table with the place of each tensor. The bytes
// are in PREFIX.data-00000-of-0000N, one file a shard. A text file named checkpoint beside them
// names the newest prefix of a folder.
//
// Every block of the index and every tensor has a masked CRC-32C. Reading checks all of them.
// Bytes are little-endian. A checkpoint of a big-endian machine is refused. No read is larger than
// its file.
//
// Sources: tensorflow/core/util/tensor_bundle (tensor_bundle.h and .cc),
// tensorflow/core/protobuf/tensor_bundle.proto,
// tensorflow/core/framework/{types,tensor_shape,tensor_slice,versions}.proto, and for the table
// leveldb's doc/table_format.md.
package tfcheckpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// IndexPath returns the path of a checkpoint's index.
func IndexPath(prefix string) string { return prefix + ".index" }

// ShardPath returns the path of one of a checkpoint's data files.
func ShardPath(prefix string, shard, shards int) string {
	return fmt.Sprintf("%s.data-%05d-of-%05d", prefix, shard, shards)
}

var shardName = regexp.MustCompile(`\.data-\d{5,}-of-\d{5,}$`)

// IsCheckpoint says that a path looks like a checkpoint's: a folder, the prefix of an index that
// exists, or the path of an index or a shard; or like one of V1, of which [Read] says that it is.
func IsCheckpoint(path string) bool {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return true
	}
	return strings.HasSuffix(path, ".index") || shardName.MatchString(path) || isFile(IndexPath(path)) || checkV1(path) != nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// Resolve returns the prefix that a user means by a path: that of an index or a shard, or of a
// folder the newest checkpoint, as its state says; a folder without a state has to hold one index
// alone.
func Resolve(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return newest(path)
	case strings.HasSuffix(path, ".index"):
		path = strings.TrimSuffix(path, ".index")
	default:
		path = strings.TrimSuffix(path, shardName.FindString(path))
	}
	if isFile(IndexPath(path)) {
		return path, nil
	}
	if err := checkV1(path); err != nil {
		return "", fmt.Errorf("TensorFlow checkpoint %s: %w", path, err)
	}
	if err := inputfile.Check(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("TensorFlow checkpoint: %w", err)
	}
	if isFile(path) {
		return "", fmt.Errorf("TensorFlow checkpoint %s: got a file and no %s beside it, want a V2 checkpoint's prefix", path, filepath.Base(IndexPath(path)))
	}
	return "", fmt.Errorf("TensorFlow checkpoint: got no file %s, want PREFIX.index", IndexPath(path))
}

// newest returns the prefix of a folder's newest checkpoint.
func newest(dir string) (string, error) {
	s, err := readState(dir)
	if err == nil {
		return s.newest(dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("TensorFlow checkpoint: %w", err)
	}
	var found []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".index"); ok && e.Type().IsRegular() {
			found = append(found, name)
		}
	}
	if len(found) == 1 {
		return filepath.Join(dir, found[0]), nil
	}
	if len(found) == 0 {
		if err := checkFolder(dir, func(string) bool { return true }); err != nil {
			return "", fmt.Errorf("TensorFlow checkpoint: folder %s: %w", dir, err)
		}
		return "", fmt.Errorf("TensorFlow checkpoint: got folder %s without a file checkpoint or an .index, want one that holds a checkpoint", dir)
	}
	return "", fmt.Errorf("TensorFlow checkpoint: got folder %s with %s and no file checkpoint that says which is the newest, want one of them", dir, strings.Join(found, ", "))
}

// Files lists the files of a checkpoint that are there: its index and its shards, of any number of
// shards.
func Files(prefix string) ([]string, error) {
	dir, base := filepath.Split(prefix)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("TensorFlow checkpoint: %w", err)
	}
	var files []string
	for _, e := range entries {
		name := e.Name()
		if name == base+".index" || strings.HasPrefix(name, base) && shardName.FindString(name) == name[len(base):] {
			files = append(files, dir+name)
		}
	}
	slices.Sort(files)
	return files, nil
}
