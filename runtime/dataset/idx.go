package dataset

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// findIDX looks for images and labels under the names of MNIST's files; test images may be called
// t10k or test. If one file is there, it returns all four.
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
	first := func(what string, dimensions ...int) string {
		for _, name := range namesIDX(prefix+what, dimensions) {
			// Some archives of the set have each file in a folder of its name.
			for _, path := range []string{filepath.Join(dir, name, name), filepath.Join(dir, name)} {
				if exists(path) {
					there++
					return path
				}
			}
		}
		return filepath.Join(dir, namesIDX(prefix+what, dimensions)[0])
	}
	return []string{first("-images", 3, 4), first("-labels", 1)}, there
}

// namesIDX are the names that a file of so many dimensions may have: train-images-idx3-ubyte, as
// the publisher has it, or train-images.idx3-ubyte, as some programs unpack it, each also with .gz.
func namesIDX(what string, dimensions []int) (names []string) {
	for _, n := range dimensions {
		for _, separator := range []string{"-", "."} {
			name := fmt.Sprintf("%s%sidx%d-ubyte", what, separator, n)
			names = append(names, name, name+".gz")
		}
	}
	return names
}

// readIDXPair reads images, [n][height][width] or [n][height][width][channels], and their labels.
func readIDXPair(files []string) (*Set, error) { return readIDXFrom(openFile, files) }

// opener opens a file, and returns its size.
type opener func(path string) (io.ReadCloser, int64, error)

// openFile opens files of the system.
func openFile(path string) (io.ReadCloser, int64, error) {
	f, err := inputfile.Open(path, maxFile)
	if err != nil {
		return nil, 0, withoutPath(err)
	}
	return f, f.Size, nil
}

// openIn opens files of a file system.
func openIn(fsys fs.FS) opener {
	return func(path string) (io.ReadCloser, int64, error) {
		data, err := fs.ReadFile(fsys, path)
		return io.NopCloser(bytes.NewReader(data)), int64(len(data)), err
	}
}

// readIDXFrom holds that the headers of both files fit each other, and the sizes of the files,
// before it reads what is behind them: a small .gz may say that it holds gigabytes, and do.
func readIDXFrom(open opener, files []string) (*Set, error) {
	images, err := openIDX(open, files[0], 3, 4)
	labels, labelsErr := openIDX(open, files[1], 1, 1)
	defer images.close()
	defer labels.close()
	if err := errors.Join(err, labelsErr); err != nil {
		return nil, err
	}
	shape := images.shape
	if n := labels.shape[0]; n != shape[0] {
		return nil, &fileError{files[1], fmt.Errorf("got %d labels, want one for each of %d images of %s", n, shape[0], files[0])}
	}
	numbers, labelsErr := labels.read() // first, since they are small
	if labelsErr != nil {
		return nil, labelsErr
	}
	s := &Set{Height: shape[1], Width: shape[2], Channels: 1, Labels: make([]int32, len(numbers))}
	if len(shape) == 4 {
		s.Channels = shape[3]
	}
	for i, l := range numbers {
		s.Labels[i] = int32(l)
		s.Classes = max(s.Classes, int(l)+1)
	}
	s.Images, err = images.read()
	return s, err
}

// idxFile is an open IDX file of bytes, read up to the end of its header.
//
// Source: LeCun, Cortes and Burges, "The MNIST database", section "File formats".
type idxFile struct {
	path   string
	file   io.Closer
	rest   io.Reader
	shape  []int
	size   int64 // of the data
	packed bool
}

// maxGzipRatio is the largest ratio of gzip: deflate encodes a length of 258 bytes in two
// bits.
const maxGzipRatio = 1032

// openIDX opens a file with at least low and at most high dimensions, and reads its header. The
// file that it returns is to be closed, also after an error.
func openIDX(open opener, path string, low, high int) (*idxFile, error) {
	f := &idxFile{path: path, packed: strings.HasSuffix(path, ".gz")}
	file, size, err := open(path)
	if err != nil {
		return f, &fileError{path, err}
	}
	f.file, f.rest = file, bufio.NewReaderSize(file, 1<<16)
	if f.packed {
		if f.rest, err = gzip.NewReader(f.rest); err != nil {
			return f, &fileError{path, fmt.Errorf("got no gzip file: %w", err)}
		}
	}
	if err := f.header(low, high); err != nil {
		return f, &fileError{path, err}
	}
	switch behind := size - f.headerSize(); {
	case !f.packed && behind > f.size:
		err = fmt.Errorf("got more than %d bytes of data, want no more of shape %v", f.size, f.shape)
	case !f.packed && behind < f.size:
		err = fmt.Errorf("got %d bytes of data, want %d of shape %v: the file is truncated", behind, f.size, f.shape)
	case f.packed && size < f.size/maxGzipRatio:
		err = fmt.Errorf("got a gzip file of %d bytes, want %d of data of shape %v: the file is truncated", size, f.size, f.shape)
	default:
		return f, nil
	}
	return f, &fileError{path, err}
}

func (f *idxFile) close() {
	if f.file != nil {
		f.file.Close() //nolint:errcheck // nothing was written
	}
}

func (f *idxFile) headerSize() int64 { return int64(4 + 4*len(f.shape)) }

// header reads the shape.
func (f *idxFile) header(low, high int) error {
	var magic [4]byte
	if _, err := io.ReadFull(f.rest, magic[:]); err != nil {
		return truncated(err, "the first 4 bytes")
	}
	if magic[0] != 0 || magic[1] != 0 || magic[2] != 8 || int(magic[3]) < low || int(magic[3]) > high {
		return fmt.Errorf("got an IDX header % x, want 00 00 08 %02x", magic, low)
	}
	f.size = 1
	for i := range int(magic[3]) {
		var d uint32
		if err := binary.Read(f.rest, binary.BigEndian, &d); err != nil {
			return truncated(err, fmt.Sprintf("dimension %d", i))
		}
		if d == 0 || f.size*int64(d) > maxFile {
			return fmt.Errorf("dimension %d: got %d, want 1 or more and at most %d bytes in all", i, d, int64(maxFile))
		}
		f.size *= int64(d)
		f.shape = append(f.shape, int(d))
	}
	return nil
}

// read reads the data, which has to be as much as the header says.
func (f *idxFile) read() ([]byte, error) {
	data := []byte(nil)
	if !f.packed {
		data = make([]byte, 0, f.size) // as much as the file has
	}
	data, err := readExactly(f.rest, data, f.size)
	if err == nil {
		var more [1]byte // and gzip's sum
		switch n, end := io.ReadFull(f.rest, more[:]); {
		case n > 0:
			err = fmt.Errorf("got more than %d bytes of data, want no more of shape %v", f.size, f.shape)
		case !errors.Is(end, io.EOF):
			err = end
		}
	}
	if err != nil {
		return nil, &fileError{f.path, truncated(err, fmt.Sprintf("%d bytes of data", f.size))}
	}
	return data, nil
}

// readExactly reads so many bytes into data, which is empty. Where data has no room it takes memory
// as the bytes come: a file may say more than it has.
func readExactly(r io.Reader, data []byte, size int64) (_ []byte, err error) {
	for n := int64(0); n < size && err == nil; {
		more := min(size-n, max(n, int64(cap(data)), 1<<16))
		data = slices.Grow(data, int(more))[:n+more]
		var got int
		got, err = io.ReadFull(r, data[n:])
		n += int64(got)
	}
	return data, err
}

// truncated names what a file lacks, or what is wrong with its compression.
func truncated(err error, wanted string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("got the end of the file, want %s", wanted)
	}
	return err
}
