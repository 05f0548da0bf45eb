package tfcheckpoint

import (
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// TensorFlow's V1 checkpoints are tables too, with the tensors in them: one file without an
// extension, or several of PREFIX-00000-of-0000N. They are not read.

// errV1 says what to do with one.
var errV1 = errors.New("got a TensorFlow V1 checkpoint, want a V2 one (PREFIX.index and PREFIX.data-…): restore it in TensorFlow and save it again, which tf.compat.v1.train.Saver does as V2")

// errRenamed is for a file that holds an index, without the index's name.
var errRenamed = errors.New("got the index of a V2 checkpoint by another name, want it as PREFIX.index beside PREFIX.data-…")

// checkTable returns why a file that is a table, and not an index by its name, cannot be read; nil
// if it is no table.
func checkTable(path string) error {
	f, err := inputfile.Open(path, math.MaxInt64)
	if err != nil || f.Size < footerBytes {
		return nil // whoever reads it says why not
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var end [8]byte
	if _, err := f.ReadAt(end[:], f.Size-int64(len(end))); err != nil || binary.LittleEndian.Uint64(end[:]) != tableMagic {
		return nil
	}
	var begin [32]byte
	if _, err := f.ReadAt(begin[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	// The first entry is the empty key's: it shares 0 bytes, has 0 of its own, and then comes its
	// value's size.
	_, n := binary.Uvarint(begin[2:])
	if begin[0] == 0 && begin[1] == 0 && n > 0 && !isV1Header(begin[2+n:]) {
		return errRenamed
	}
	return errV1
}

// isV1Header says that the first entry of a table is that of V1, a SavedTensorSlices, whose first
// field is a message. That of V2, a BundleHeaderProto, begins with a number.
//
// Source: tensorflow/core/util/saved_tensor_slice.proto.
func isV1Header(value []byte) bool {
	number, kind, n := protowire.ConsumeTag(value)
	return n > 0 && number == 1 && kind == protowire.BytesType
}

var v1Shard = regexp.MustCompile(`-\d{5}-of-\d{5}$`)

// checkV1 refuses a prefix that files of V1 have.
func checkV1(prefix string) error {
	err := checkTable(prefix)
	if err != nil {
		return err
	}
	dir, base := filepath.Split(prefix)
	return checkFolder(filepath.Clean(dir), func(name string) bool {
		return v1Shard.MatchString(name) && v1Shard.ReplaceAllString(name, "") == base
	})
}

// checkFolder refuses a folder in which a file of V1 has a name that is meant.
func checkFolder(dir string, meant func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // whoever reads it says why not
	}
	for _, e := range entries {
		if e.Type().IsRegular() && meant(e.Name()) {
			if err := checkTable(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
