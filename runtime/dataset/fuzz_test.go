package dataset

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// FuzzIDX holds that no two files make a panic, or take more memory than they can hold.
func FuzzIDX(f *testing.F) {
	pixels, numbers := idx([]byte{1, 2, 3, 4}, 1, 2, 2), idx([]byte{1}, 1)
	many := "\x00\x00\x08\x01\x7f\xff\xff\xff"
	f.Add([]byte(pixels), []byte(numbers), false)
	f.Add([]byte(zipped(pixels)), []byte(zipped(numbers)), true)
	f.Add([]byte(idx([]byte{1, 2, 3, 4, 5, 6}, 1, 1, 2, 3)), []byte(numbers), false)
	f.Add([]byte("\x00\x00\x08\x03\x7f\xff\xff\xff\x00\x00\x00\x02\x00\x00\x00\x02"), []byte(many), false)
	f.Add([]byte(zeros(f, "\x00\x00\x08\x03\x00\x00\x40\x00\x00\x00\x00\x10\x00\x00\x00\x10", 1<<22)), []byte(zipped(numbers)), true)
	f.Add([]byte(zeros(f, "\x00\x00\x08\x03\x00\x00\x40\x00\x00\x00\x00\x10\x00\x00\x00\x10", 1<<22)), []byte(zeros(f, "\x00\x00\x08\x01\x00\x00\x40\x00", 1<<14)), true)
	f.Fuzz(func(t *testing.T, images, labels []byte, packed bool) {
		bound, names := fuzzbound.Default, []string{"images", "labels"}
		bound.MemoryPerByte = 8
		if packed {
			names = []string{"images.gz", "labels.gz"}
			bound.MemoryPerByte = 5 * maxGzipRatio // labels become four bytes; images are copied as they grow
		}
		content := map[string][]byte{names[0]: images, names[1]: labels}
		open := func(path string) (io.ReadCloser, int64, error) {
			data := content[path]
			return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
		}
		bound.Check(t, len(images)+len(labels), func() {
			s, err := readIDXFrom(open, names)
			if err != nil {
				if bad := badFiles(err); len(bad) == 0 {
					t.Errorf("got error %v, want it to name a file", err)
				}
				return
			}
			if len(s.Images) != s.Len()*s.Size() || s.Len() == 0 {
				t.Errorf("got %d values of %d images of %d", len(s.Images), s.Len(), s.Size())
			}
		})
	})
}

// FuzzCIFAR holds that no file makes a panic, or takes more memory than a copy.
func FuzzCIFAR(f *testing.F) {
	f.Add([]byte(cifarRecord(1)), false)
	f.Add([]byte(cifarRecord(1, 2)), true)
	f.Add([]byte(strings.Repeat(cifarRecord(9), 20)), false)
	f.Fuzz(func(t *testing.T, data []byte, fine bool) {
		r := cifar10
		if fine {
			r = cifar100
		}
		path := filepath.Join(t.TempDir(), "batch.bin")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		bound := fuzzbound.Default
		bound.MemoryPerByte = 2
		bound.Check(t, len(data), func() {
			s, err := readCIFAR([]string{path}, r)
			if err == nil && (s.Len()*r.size() != len(data) || len(s.Images) != s.Len()*s.Size()) {
				t.Errorf("got %d labels and %d values from %d bytes", s.Len(), len(s.Images), len(data))
			}
		})
	})
}

// plant makes the files that a text lists, one a line: a path that ends in a slash is a folder, "a
// -> b" a link, and all others files, of which those whose name has "bad" in it are no images. It
// says how many there are.
func plant(t *testing.T, dir, list string, imageFile []byte) (n int) {
	for line := range strings.Lines(list) {
		name, target, isLink := strings.Cut(strings.TrimSuffix(line, "\n"), " -> ")
		if !filepath.IsLocal(name) || strings.ContainsRune(name, 0) || n == 100 {
			continue
		}
		n++
		path := filepath.Join(dir, name)
		if os.MkdirAll(filepath.Dir(path), 0o755) != nil {
			continue // what is in its way was said first
		}
		switch content := imageFile; {
		case isLink:
			if !filepath.IsLocal(target) {
				target = "." // nothing outside of the folder is read
			}
			_ = os.Symlink(target, path)
		case strings.HasSuffix(name, "/"):
			_ = os.MkdirAll(path, 0o755)
		default:
			if strings.Contains(name, "bad") {
				content = []byte("no image")
			}
			_ = os.WriteFile(path, content, 0o600)
		}
	}
	return n
}

// FuzzFolders holds that no folder makes a panic or a hang, and that a set that is read is whole.
func FuzzFolders(f *testing.F) {
	var imageFile bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 2, 2))
	img.Set(0, 0, color.White)
	if err := png.Encode(&imageFile, img); err != nil {
		f.Fatal(err)
	}
	ten := ""
	for _, digit := range "0123456789" {
		ten += "cat/" + string(digit) + ".png\ndog/" + string(digit) + ".jpg\n"
	}
	f.Add(ten)
	f.Add("train/cat/1.png\ntrain/dog/2.png\ntest/cat/1.png\nvalid/dog/1.png\n")
	f.Add("a/1.png\na/loop -> ..\na/self -> self\nb -> a\nc -> absent\n")
	f.Add("dataset/cat/1.png\ndataset/dog/bad.png\n.hidden/1.png\n._1.png\nThumbs.db\n")
	f.Add("train-images-idx3-ubyte/\ntrain-labels.idx1-ubyte\ntest/1.png\nvalid/cat/1.png\n")
	f.Add("data_batch_1.bin\ndata_batch_99999999999999999999.bin\ntest_batch.bin -> .\n")
	f.Add("caf\u00e9/1.png\ncafe\u0301/2.png\n\x1b[31m/1.png\n\xff/1.png\n")
	f.Fuzz(func(t *testing.T, list string) {
		dir := t.TempDir()
		n := plant(t, dir, list, imageFile.Bytes())
		o := Options{Input: [3]int{2, 2, 1}, SplitSeed: 1}
		bound := fuzzbound.Bound{Memory: 8 << 20, MemoryPerByte: 1 << 10, Time: 2 * time.Second, TimePerByte: time.Millisecond}
		bound.Check(t, len(list)+n*imageFile.Len(), func() {
			train, test, err := Open(dir, o)
			if err != nil {
				return
			}
			for _, s := range []*Set{train, test} {
				if len(s.Images) != s.Len()*s.Size() || s.Len() > n*n {
					t.Errorf("got %d values of %d images of %d", len(s.Images), s.Len(), s.Size())
				}
				for _, label := range s.Labels {
					if int(label) >= s.Classes || label < 0 {
						t.Errorf("got label %d of %d classes", label, s.Classes)
					}
				}
			}
		})
		bound.Check(t, len(list)+n*imageFile.Len(), func() {
			if _, err := Check(dir, o); err != nil && errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("got error %v, want one that says what is wrong", err)
			}
		})
	})
}

// FuzzUnpack holds that an archive's files stay in their folder, whatever they are called.
func FuzzUnpack(f *testing.F) {
	f.Add([]byte(tarOf(f, "a/../data_batch_1.bin", "a/readme.html", "/abs.bin")), false)
	f.Add([]byte(tarOf(f, "../../up.bin", `..\..\up.bin`, ".bin", "...bin", "a/..bin")), false)
	f.Add([]byte(tarOf(f, strings.Repeat("long/", 60)+"name.bin")), false)
	f.Add([]byte(zipped(tarOf(f, "x.bin"))), true)
	f.Add([]byte(zeros(f, tarOf(f, "x.bin")[:600], 1<<22)), true)
	f.Fuzz(func(t *testing.T, content []byte, packed bool) {
		root := t.TempDir()
		dir, file := filepath.Join(root, "to"), filepath.Join(root, "data.tar.gz")
		if !packed {
			content = []byte(zipped(string(content)))
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		bound := fuzzbound.Bound{Memory: 4 << 20, MemoryPerByte: 4 << 10, Time: time.Second, TimePerByte: time.Millisecond}
		bound.Check(t, len(content), func() {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			_ = unpack(dir, file)
		})
		if entries, err := os.ReadDir(root); err != nil || len(entries) != 2 {
			t.Errorf("got %v beside the folder (%v), want the archive alone", entries, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), ".bin") {
				t.Errorf("got %v, want files of data", e)
			}
		}
	})
}
