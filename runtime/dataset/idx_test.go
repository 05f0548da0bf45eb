package dataset

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// TestIDXNames holds that files are found by each name that programs give them.
func TestIDXNames(t *testing.T) {
	content := map[string]string{
		"train-images": idx([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2), "train-labels": idx([]byte{0, 3}, 2),
		"t10k-images": idx([]byte{9, 8, 7, 6}, 1, 2, 2), "t10k-labels": idx([]byte{1}, 1),
	}
	names := map[string]func(what string, n int) string{
		"the publisher's":    func(what string, n int) string { return fmt.Sprintf("%s-idx%d-ubyte", what, n) },
		"with a dot":         func(what string, n int) string { return fmt.Sprintf("%s.idx%d-ubyte", what, n) },
		"with a dot, packed": func(what string, n int) string { return fmt.Sprintf("%s.idx%d-ubyte.gz", what, n) },
		"in folders": func(what string, n int) string {
			return fmt.Sprintf("%[1]s-idx%[2]d-ubyte/%[1]s-idx%[2]d-ubyte", what, n)
		},
		"each in its own way": func(what string, n int) string {
			return fmt.Sprintf("%s%sidx%d-ubyte", what, map[int]string{1: "-", 3: "."}[n], n)
		},
	}
	for how, name := range names {
		files := map[string]string{}
		for what, data := range content {
			dimensions := 3
			if strings.HasSuffix(what, "labels") {
				dimensions = 1
			}
			path := name(what, dimensions)
			if files[path] = data; strings.HasSuffix(path, ".gz") {
				files[path] = zipped(data)
			}
		}
		train, test, err := Open(folder(t, files), Options{})
		if err != nil || train.Len() != 2 || test.Len() != 1 || !bytes.Equal(test.Images, []byte{9, 8, 7, 6}) {
			t.Errorf("%s: got %v, %v, error %v", how, train, test, err)
		}
	}
	partly := map[string]string{"train-images.idx3-ubyte": content["train-images"], "train-labels.idx1-ubyte": content["train-labels"]}
	if _, _, err := Open(folder(t, partly), Options{}); err == nil || !strings.Contains(err.Error(), "t10k-images-idx3-ubyte: no such file") {
		t.Errorf("without test images: got error %v", err)
	}
}

// TestNoIDXFile holds that what stands in a file's place is named.
func TestNoIDXFile(t *testing.T) {
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n"
	for name, c := range map[string]struct{ path, content, want string }{
		"a folder":           {"train" + labels + "/x", "", "train" + labels + ": got a folder, want a file"},
		"a pointer":          {"train" + labels, pointer, "train" + labels + ": got a Git LFS pointer to a file of 123 bytes"},
		"a packed pointer":   {"t10k" + labels + ".gz", pointer, "t10k" + labels + ".gz: got a Git LFS pointer to a file of 123 bytes"},
		"a pointer of CIFAR": {"data_batch_1.bin", pointer, "data_batch_1.bin: got a Git LFS pointer to a file of 123 bytes"},
	} {
		files := tinyIDX()
		if delete(files, filepath.Dir(c.path)); strings.HasPrefix(c.path, "data") {
			files = map[string]string{"test_batch.bin": cifarRecord(1)}
		}
		files[c.path] = c.content
		if _, _, err := Open(folder(t, files), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
		}
	}
}

// zeros is a .gz file of a header and so many zeros.
func zeros(t testing.TB, header string, n int64) string {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(z, io.MultiReader(strings.NewReader(header), io.LimitReader(zeroReader{}, n))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestBombs holds that a small file that unpacks to a large one is refused before it is unpacked,
// where it does not fit the other file or itself.
func TestBombs(t *testing.T) {
	const n = 1 << 16
	header := "\x00\x00\x08\x03\x00\x01\x00\x00\x00\x00\x00\x1c\x00\x00\x00\x1c"
	bomb := zeros(t, header, n*784)
	huge := "\x00\x00\x08\x03\x00\x10\x00\x00\x00\x00\x00\x1c\x00\x00\x00\x1c"
	many := "\x00\x00\x08\x01\x00\x01\x00\x00"
	for name, c := range map[string]struct{ images, labels, want string }{
		"30 labels":         {bomb, zipped(idx(make([]byte, 30), 30)), "got 30 labels, want one for each of 65536 images"},
		"labels cut off":    {bomb, zipped(many + strings.Repeat("\x00", 30)), "got a gzip file of 33 bytes, want 65536 of data of shape [65536]"},
		"labels missing":    {bomb, zipped(many + sha("a") + sha("b") + sha("c")), "got the end of the file, want 65536 bytes of data"},
		"images cut off":    {zipped(huge + "abc"), zipped(idx(make([]byte, 30), 30)), "want 822083584 of data of shape [1048576 28 28]: the file is truncated"},
		"no labels":         {bomb, "", "got no gzip file"},
		"images, no header": {zeros(t, "", n*784), zipped(many), "got an IDX header 00 00 00 00"},
	} {
		files := map[string]string{"train" + images + ".gz": c.images, "train" + labels + ".gz": c.labels, "t10k" + images: idx([]byte{1}, 1, 1, 1), "t10k" + labels: idx([]byte{1}, 1)}
		dir := folder(t, files)
		fuzzbound.Default.Check(t, 0, func() {
			if _, _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
			}
		})
	}
	whole := map[string]string{"train" + images + ".gz": bomb, "train" + labels + ".gz": zeros(t, many, n), "t10k" + images: idx(make([]byte, 784), 1, 28, 28), "t10k" + labels: idx([]byte{1}, 1)}
	if train, _, err := Open(folder(t, whole), Options{}); err != nil || train.Len() != n || len(train.Images) != n*784 {
		t.Errorf("a set that compresses well: got error %v, want it read", err)
	}
}

// TestExactMemory holds that reading IDX files takes little more than the set.
func TestExactMemory(t *testing.T) {
	const n = 1 << 14
	header, numbers := "\x00\x00\x08\x03\x00\x00\x40\x00\x00\x00\x00\x1c\x00\x00\x00\x1c", "\x00\x00\x08\x01\x00\x00\x40\x00"+strings.Repeat("\x01", n)
	pixels := header + strings.Repeat("\x05", n*784)
	small := map[string]string{"t10k" + images: idx(make([]byte, 784), 1, 28, 28), "t10k" + labels: idx([]byte{1}, 1)}
	plain := map[string]string{"train" + images: pixels, "train" + labels: numbers}
	packed := map[string]string{"train" + images + ".gz": zipped(pixels), "train" + labels + ".gz": zipped(numbers)}
	for name, c := range map[string]struct {
		files map[string]string
		times int64 // of the set's size
	}{"plain": {plain, 1}, "packed": {packed, 3}} {
		maps.Copy(c.files, small)
		dir := folder(t, c.files)
		bound := fuzzbound.Default
		bound.Memory, bound.MemoryPerByte = 2<<20, c.times
		bound.Check(t, n*784, func() {
			if _, _, err := Open(dir, Options{}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}
