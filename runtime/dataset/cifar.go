package dataset

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// record is the layout of a CIFAR record: label bytes, the last of which counts, then three planes
// of pixels.
type record struct {
	labels     int
	limits     []int // each label byte is below its limit
	classNames []string
}

const cifarSide, cifarChannels = 32, 3

var (
	cifar10  = record{1, []int{10}, cifar10Names}
	cifar100 = record{2, []int{20, 100}, cifar100Names}
)

func (r *record) size() int { return r.labels + cifarSide*cifarSide*cifarChannels }

// findCIFAR10 returns the files in order, and one that is missing before others too: it is not
// skipped.
func findCIFAR10(dir string) (train, test []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil
	}
	last := 0
	for _, e := range entries {
		text, begins := strings.CutPrefix(e.Name(), "data_batch_")
		text, ends := strings.CutSuffix(text, ".bin")
		if i, err := strconv.Atoi(text); begins && ends && err == nil && !e.IsDir() {
			last = max(last, i)
		}
	}
	for i := 1; i <= last; i++ {
		path := filepath.Join(dir, fmt.Sprintf("data_batch_%d.bin", i))
		if train = append(train, path); !exists(path) {
			break
		}
	}
	if len(train) == 0 {
		return nil, nil
	}
	return train, []string{filepath.Join(dir, "test_batch.bin")}
}

func findCIFAR100(dir string) (train, test []string) {
	one, other := filepath.Join(dir, "train.bin"), filepath.Join(dir, "test.bin")
	if !exists(one) && !exists(other) {
		return nil, nil
	}
	return []string{one}, []string{other}
}

// readCIFAR reads the records of some files, one after another.
func readCIFAR(files []string, r record) (*Set, error) {
	s := &Set{
		Height: cifarSide, Width: cifarSide, Channels: cifarChannels,
		Classes: r.limits[r.labels-1], ClassNames: r.classNames,
	}
	var bad error
	for _, path := range files {
		if err := s.addFile(path, r); err != nil {
			bad = errors.Join(bad, &fileError{path, err})
		}
	}
	if bad != nil {
		return nil, bad
	}
	return s, nil
}

// addFile adds the records of a file.
func (s *Set) addFile(path string, r record) error {
	in, err := inputfile.Open(path, maxFile)
	if err != nil {
		return withoutPath(err)
	}
	defer in.Close() //nolint:errcheck // nothing was written
	size := int64(r.size())
	if in.Size == 0 || in.Size%size != 0 {
		return fmt.Errorf("got %d bytes, want whole records of %d", in.Size, size)
	}
	s.Labels = slices.Grow(s.Labels, int(in.Size/size))
	s.Images = slices.Grow(s.Images, int(in.Size/size)*s.Size())
	from, data := bufio.NewReaderSize(in, 1<<16), make([]byte, size)
	for at := int64(0); at < in.Size; at += size {
		if _, err := io.ReadFull(from, data); err != nil {
			return truncated(err, fmt.Sprintf("%d bytes", in.Size))
		}
		if err := s.addRecord(data, r, at); err != nil {
			return err
		}
	}
	return nil
}

// addRecord adds a record that begins at a byte of its file.
func (s *Set) addRecord(data []byte, r record, at int64) error {
	for i, limit := range r.limits {
		if got := int(data[i]); got >= limit {
			return fmt.Errorf("byte %d: got label %d, want 0 to %d", at+int64(i), got, limit-1)
		}
	}
	s.Labels = append(s.Labels, int32(data[r.labels-1]))
	planes := data[r.labels:]
	const plane = cifarSide * cifarSide
	for p := range plane {
		s.Images = append(s.Images, planes[p], planes[plane+p], planes[2*plane+p])
	}
	return nil
}

// maxFile is the size of the largest file that is read, unpacked.
const maxFile = 8 << 30

// withoutPath is an error of a file without its path, which is said besides.
func withoutPath(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
