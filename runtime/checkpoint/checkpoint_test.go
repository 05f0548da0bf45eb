package checkpoint

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() *File {
	return &File{
		Tensors: []Tensor{
			{Name: "a/DW", Shape: []int{2, 3}, Float32: []float32{1, -2, 0.5, float32(math.Inf(1)), 1e-45, 0}},
			{Name: "empty", Shape: []int{0, 4}, Float32: []float32{}},
			{Name: "global_step", Shape: []int{}, Int64: []int64{math.MinInt64}},
			{Name: "xent", Shape: []int{}, Float32: []float32{0.25}},
		},
		Metadata: map[string]string{"network": "tiny", "seed": "1", "ü": "\n\""},
	}
}

func write(t *testing.T, f *File) (path string, data []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, f); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "c.safetensors")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	path, first := write(t, sample())
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Sum) != 64 {
		t.Errorf("got sum %q, want 64 digits", got.Sum)
	}
	want := sample()
	want.Sum = got.Sum
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read back (−want +got):\n%s", diff)
	}
	if _, second := write(t, sample()); !bytes.Equal(first, second) {
		t.Error("two files of the same tensors differ")
	}
	if got.Find("xent") == nil || got.Find("absent") != nil {
		t.Error("Find: got the wrong tensors")
	}
}

// TestDamaged holds that a file which ends anywhere, or goes on, or says something else, is
// refused.
func TestDamaged(t *testing.T) {
	_, data := write(t, sample())
	for n := range data {
		if _, err := Decode(data[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes: got no error", n, len(data))
		}
	}
	for what, damaged := range map[string][]byte{
		"a byte more":       append(bytes.Clone(data), 0),
		"a huge header":     append([]byte{255, 255, 255, 255, 255, 255, 255, 127}, data[8:]...),
		"another type":      bytes.Replace(data, []byte("F32"), []byte("F16"), 1),
		"a larger shape":    bytes.Replace(data, []byte("[2,3]"), []byte("[2,4]"), 1),
		"a name twice":      bytes.Replace(data, []byte(`"empty"`), []byte(`"a/DW" `), 1),
		"a negative size":   bytes.Replace(data, []byte("[0,4]"), []byte("[-1,4]"), 1),
		"overlapping bytes": bytes.Replace(data, []byte("[8,32]"), []byte("[0,24]"), 1),
		"a key twice":       bytes.Replace(data, []byte(`"dtype"`), []byte(`"shape"`), 1),
		"a key in capitals": bytes.Replace(data, []byte(`"dtype"`), []byte(`"DTYPE"`), 1),
		"a fraction":        bytes.Replace(data, []byte("[2,3]"), []byte("[6.]"), 1),
	} {
		if bytes.Equal(damaged, data) {
			t.Errorf("%s: nothing was damaged", what)
		}
		if _, err := Decode(damaged); err == nil {
			t.Errorf("%s: got no error", what)
		}
	}
}

// TestBitFlips holds that no flipped bit goes unseen, wherever it is: it is an error, or in the
// sum's own name, so that the file has none.
func TestBitFlips(t *testing.T) {
	_, data := write(t, sample())
	for i := range data {
		for bit := range 8 {
			damaged := bytes.Clone(data)
			damaged[i] ^= 1 << bit
			f, err := Decode(damaged)
			if err == nil && f.Sum != "" && !sameButSpace(damaged, data) {
				t.Fatalf("byte %d, bit %d: got no error", i, bit)
			}
		}
	}
}

// sameButSpace says that two files differ in the JSON's white space alone.
func sameButSpace(a, b []byte) bool {
	fields := func(data []byte) string { return strings.Join(strings.Fields(string(data)), "") }
	return fields(a) == fields(b)
}

// TestEncodeErrors holds that a tensor has a name of its own and as many elements as its shape.
func TestEncodeErrors(t *testing.T) {
	for want, f := range map[string]*File{
		`tensor "a": got 2 values, want 3 of shape [3]`: {Tensors: []Tensor{{Name: "a", Shape: []int{3}, Float32: make([]float32, 2)}}},
		`got tensor "a" twice`: {Tensors: []Tensor{
			{Name: "a", Shape: []int{1}, Float32: make([]float32, 1)}, {Name: "a", Shape: []int{1}, Float32: make([]float32, 1)},
		}},
	} {
		if err := Encode(io.Discard, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestReadErrors refuses what is no file.
func TestReadErrors(t *testing.T) {
	if _, err := Read(t.TempDir()); err == nil {
		t.Error("a folder: got no error")
	}
	if _, err := Read(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an absent file: got error %v", err)
	}
}
