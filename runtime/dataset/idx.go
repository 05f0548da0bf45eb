package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// findIDX looks for images and labels under the names of MNIST's files; test images may be called t10k or test. If one file is there,
// it returns all four.
func findIDX(dir string) (train, test []string) {
	train, inTrain := findPair(dir, "train")
	test, inTest := findPair(dir, "t10k")
	if other, more := findPair(dir, "test"); more > inTest {
		test, inTest = other, more
	}
	if inTrain+inTest == 0 {
		return nil, nil
	}
	return train, test
}

// findPair returns the files of images and of labels, and how many of them are there.
func findPair(dir, prefix string) (pair []string, there int) {
	first := func(names ...string) string {
		for _, name := range names {
			for _, suffix := range []string{"", ".gz"} {
				if path := filepath.Join(dir, prefix+name+suffix); exists(path) {
					there++
					return path
				}
			}
		}
		return filepath.Join(dir, prefix+names[0])
	}
	return []string{first("-images-idx3-ubyte", "-images-idx4-ubyte"), first("-labels-idx1-ubyte")}, there
}

// readIDXPair reads images, [n][height][width] or [n][height][width][channels], and their labels.
func readIDXPair(files []string) (*Set, error) {
	open := func(path string) (io.Reader, error) {
		data, err := readAll(path)
		return strings.NewReader(string(data)), err
	}
	return readIDXFrom(open, files)
}

// opener returns the bytes of a file.
type opener func(path string) (io.Reader, error)

func readIDXFrom(open opener, files []string) (*Set, error) {
	images, pixels, err := readIDX(open, files[0], 3, 4)
	shape, labels, labelsErr := readIDX(open, files[1], 1, 1)
	if err := errors.Join(err, labelsErr); err != nil {
		return nil, err
	}
	if shape[0] != images[0] {
		return nil, &fileError{files[1], fmt.Errorf("got %d labels, want one for each of %d images of %s", shape[0], images[0], files[0])}
	}
	s := &Set{Height: images[1], Width: images[2], Channels: 1, Images: pixels}
	if len(images) == 4 {
		s.Channels = images[3]
	}
	for _, l := range labels {
		s.Labels = append(s.Labels, int32(l))
		s.Classes = max(s.Classes, int(l)+1)
	}
	return s, nil
}

// readIDX reads an IDX file of bytes with at least low and at most high dimensions.
//
// Source: LeCun, Cortes and Burges, "The MNIST database", section "File formats".
func readIDX(open opener, path string, low, high int) (shape []int, data []byte, err error) {
	r, err := open(path)
	if err == nil && strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(bufio.NewReader(r)); err != nil {
			err = fmt.Errorf("got no gzip file: %w", err)
		}
	}
	if err == nil {
		shape, data, err = decodeIDX(r, low, high)
	}
	if err != nil {
		return nil, nil, &fileError{path, err}
	}
	return shape, data, nil
}

func decodeIDX(r io.Reader, low, high int) (shape []int, data []byte, err error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, nil, truncated(err, "the first 4 bytes")
	}
	if magic[0] != 0 || magic[1] != 0 || magic[2] != 8 || int(magic[3]) < low || int(magic[3]) > high {
		return nil, nil, fmt.Errorf("got an IDX header % x, want 00 00 08 %02x", magic, low)
	}
	size := int64(1)
	for i := range int(magic[3]) {
		var d uint32
		if err := binary.Read(r, binary.BigEndian, &d); err != nil {
			return nil, nil, truncated(err, fmt.Sprintf("dimension %d", i))
		}
		if d == 0 || size*int64(d) > maxFile {
			return nil, nil, fmt.Errorf("dimension %d: got %d, want 1 or more and at most %d bytes in all", i, d, int64(maxFile))
		}
		size *= int64(d)
		shape = append(shape, int(d))
	}
	data, err = io.ReadAll(io.LimitReader(r, size+1))
	switch {
	case err != nil:
		return nil, nil, truncated(err, fmt.Sprintf("%d bytes of data", size))
	case int64(len(data)) < size:
		return nil, nil, fmt.Errorf("got %d bytes of data, want %d of shape %v: the file is truncated", len(data), size, shape)
	case int64(len(data)) > size:
		return nil, nil, fmt.Errorf("got more than %d bytes of data, want no more of shape %v", size, shape)
	}
	return shape, data, nil
}

// truncated names what a file lacks, or what is wrong with its compression.
func truncated(err error, wanted string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("got the end of the file, want %s", wanted)
	}
	return err
}

// openIn opens files of a file system.
func openIn(fsys fs.FS) opener {
	return func(path string) (io.Reader, error) {
		data, err := fs.ReadFile(fsys, path)
		return strings.NewReader(string(data)), err
	}
}
