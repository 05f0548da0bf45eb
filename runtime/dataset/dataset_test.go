package dataset

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

func TestFashionMini(t *testing.T) {
	train, test, err := Open("fashion-mini", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s        *Set
		perClass int
	}{{train, 600}, {test, 100}} {
		counts := make([]int, c.s.Classes)
		for _, l := range c.s.Labels {
			counts[l]++
		}
		for l, n := range counts {
			if n != c.perClass {
				t.Errorf("class %d: got %d images, want %d", l, n, c.perClass)
			}
		}
		if c.s.Height != 28 || c.s.Width != 28 || c.s.Channels != 1 || len(c.s.ClassNames) != 10 || len(c.s.Images) != c.s.Len()*784 {
			t.Errorf("got %d×%d×%d, %d names, %d bytes", c.s.Height, c.s.Width, c.s.Channels, len(c.s.ClassNames), len(c.s.Images))
		}
	}
}

// idx is an IDX file.
func idx(data []byte, shape ...byte) string {
	header := []byte{0, 0, 8, byte(len(shape))}
	for _, d := range shape {
		header = append(header, 0, 0, 0, d)
	}
	return string(append(header, data...))
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// folder makes a folder with files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const images, labels = "-images-idx3-ubyte", "-labels-idx1-ubyte"

func tinyIDX() map[string]string {
	return map[string]string{
		"train" + images: idx([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 2, 2, 2), "train" + labels: idx([]byte{0, 3}, 2),
		"t10k" + images + ".gz": zipped(idx([]byte{9, 8, 7, 6}, 1, 2, 2)), "t10k" + labels + ".gz": zipped(idx([]byte{1}, 1)),
	}
}

func cifarRecord(labels ...byte) string {
	pixels := make([]byte, 3072)
	for i := range pixels {
		pixels[i] = byte(i / 1024 * 50)
	}
	pixels[1] = 99
	return string(append(labels, pixels...))
}

func TestFolders(t *testing.T) {
	for name, c := range map[string]struct {
		files       map[string]string
		train, test int
		classes     int
		first       []byte
		labels      []int32
	}{
		"idx":      {tinyIDX(), 2, 1, 4, []byte{1, 2, 3, 4}, []int32{0, 3}},
		"cifar10":  {map[string]string{"data_batch_1.bin": cifarRecord(7), "data_batch_2.bin": cifarRecord(9), "test_batch.bin": cifarRecord(0)}, 2, 1, 10, []byte{0, 50, 100, 99, 50, 100}, []int32{7, 9}},
		"cifar100": {map[string]string{"cifar-100-binary/train.bin": cifarRecord(19, 99), "cifar-100-binary/test.bin": cifarRecord(0, 5)}, 1, 1, 100, []byte{0, 50, 100, 99}, []int32{99}},
	} {
		train, test, err := Open(folder(t, c.files), Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if train.Len() != c.train || test.Len() != c.test || train.Classes != c.classes || test.Classes != c.classes {
			t.Errorf("%s: got %d and %d images of %d and %d classes", name, train.Len(), test.Len(), train.Classes, test.Classes)
		}
		if !bytes.HasPrefix(train.Images, c.first) || fmt.Sprint(train.Labels) != fmt.Sprint(c.labels) {
			t.Errorf("%s: got pixels % d… and labels %d, want % d… and %d", name, train.Images[:6], train.Labels, c.first, c.labels)
		}
		reversed, _, err := Open(folder(t, c.files), Options{Preprocess: preprocess.Options{Channels: preprocess.BGR}})
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(c.first[:3])
		if train.Channels == 3 {
			slices.Reverse(want)
		}
		if !bytes.HasPrefix(reversed.Images, want) || reversed.GoImage(0).At(0, 0) != train.GoImage(0).At(0, 0) {
			t.Errorf("%s, blue first: got pixels % d…, want % d…, shown as before", name, reversed.Images[:3], want)
		}
	}
}

// TestBroken holds what is said of each kind of broken data.
func TestBroken(t *testing.T) {
	change := func(name, content string) map[string]string {
		files := tinyIDX()
		files[name] = content
		return files
	}
	for want, files := range map[string]map[string]string{
		"without data, want data_batch_1.bin":                  {},
		"got the end of the file, want the first 4 bytes":      change("train"+images, ""),
		"got the end of the file, want dimension 2":            change("train"+images, idx(nil, 2, 2, 2)[:12]),
		"got 7 bytes of data, want 8 of shape [2 2 2]":         change("train"+images, idx(make([]byte, 7), 2, 2, 2)),
		"got more than 8 bytes of data":                        change("train"+images, idx(make([]byte, 9), 2, 2, 2)),
		"got an IDX header 00 00 08 01, want 00 00 08 03":      change("train"+images, idx(make([]byte, 8), 8)),
		"dimension 1: got 0, want 1 or more":                   change("train"+images, idx(nil, 2, 0, 2)),
		"at most 8589934592 bytes":                             change("train"+images, "\x00\x00\x08\x03\x7f\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff"),
		"got 3 labels, want one for each of 2 images":          change("train"+labels, idx(make([]byte, 3), 3)),
		"got no gzip file":                                     change("t10k"+images+".gz", "plain"),
		"got the end of the file, want 4 bytes of data":        change("t10k"+images+".gz", strings.TrimSuffix(zipped(idx(make([]byte, 4), 1, 2, 2)), "\x00")),
		"got test images of 1×2×1, want those of the training": change("t10k"+images+".gz", zipped(idx(make([]byte, 2), 1, 1, 2))),
		"got 3072 bytes, want whole records of 3073":           {"data_batch_1.bin": cifarRecord(), "test_batch.bin": cifarRecord(1)},
		"got 0 bytes, want whole records":                      {"data_batch_1.bin": "", "test_batch.bin": cifarRecord(1)},
		"byte 3073: got label 10, want 0 to 9":                 {"data_batch_1.bin": cifarRecord(1) + cifarRecord(10), "test_batch.bin": cifarRecord(1)},
		"data_batch_2.bin: no such file":                       {"data_batch_1.bin": cifarRecord(1), "data_batch_3.bin": cifarRecord(1), "test_batch.bin": cifarRecord(1)},
		"test_batch.bin: no such file":                         {"data_batch_1.bin": cifarRecord(1)},
		"t10k-images-idx3-ubyte: no such file":                 {"train" + images: idx(make([]byte, 4), 1, 2, 2), "train" + labels: idx([]byte{0}, 1)},
		"byte 1: got label 100, want 0 to 99":                  {"train.bin": cifarRecord(1, 100), "test.bin": cifarRecord(1, 1)},
	} {
		if _, _, err := Open(folder(t, files), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
	for data, want := range map[string]string{
		"":             "got nothing",
		"cifar11":      `got "cifar11", want fashion-mini`,
		"./absent":     "no such file",
		"dataset.go":   "",
		"./dataset.go": "want the folder that it is in",
		"cifar10":      "want --download, or the files there",
	} {
		if _, _, err := Open(data, Options{Cache: t.TempDir()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q in it", data, err, want)
		}
	}
}
