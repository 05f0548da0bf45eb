package checkpoint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nlpodyssey/safetensors"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
)

// raw is a file of a header and the tensors' bytes.
func raw(header, data string) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

// TestHeaders holds what is read of the headers that other programs write, and what is said of the
// rest.
func TestHeaders(t *testing.T) {
	const one = `"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`
	deep := strings.Repeat("[", 100000)
	for name, c := range map[string]struct{ header, data, want string }{
		"spaces and null":     {`{"__metadata__":null, "a" : {"data_offsets":[0,4],"shape":[1],"dtype":"F32"}}   `, "aaaa", ""},
		"no tensors":          {`{}`, "", ""},
		"int32":               {`{"a":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}`, "aaaa", ""},
		"no header":           {``, "aaaa", "unexpected EOF"},
		"an array":            {`[]`, "", `got [, want "{"`},
		"a number":            {`1`, "", `got 1, want "{"`},
		"more than one":       {`{}{}`, "", "got { after the header's end, want spaces only"},
		"no spaces":           {"{}\x00", "", "invalid character"},
		"metadata of numbers": {`{"__metadata__":{"a":1}}`, "", "metadata:"},
		"a float64":           {`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`, "aaaabbbb", `tensor "a": dtype: got type F64, want F32, I64 or I32`},
		"no type":             {`{"a":{"shape":[1],"data_offsets":[0,4]}}`, "aaaa", `tensor "a": got no dtype, want one`},
		"another key":         {`{"a":{"dtype":"F32","b":1}}`, "", `tensor "a": unexpected key "b", want dtype, shape and data_offsets`},
		"a null":              {`{"a":null}`, "", `tensor "a": got <nil>, want "{"`},
		"a text of numbers":   {`{"a":{"shape":["1"]}}`, "", `shape: got "1" as number 0, want at most 64 natural numbers`},
		"65 dimensions":       {`{"a":{"shape":[` + strings.Repeat("1,", 64) + `1]}}`, "", "got 1 as number 64, want at most 64 natural numbers"},
		"a deep shape":        {`{"a":{"shape":` + deep, "", "shape: got [ as number 0"},
		"deep metadata":       {`{"__metadata__":` + deep, "", "metadata:"},
		"one place":           {`{"a":{"data_offsets":[0]}}`, "", "data_offsets: got 1 numbers, want 2"},
		"an overflow":         {`{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}`, "", "got 0 bytes, want those of F32"},
		"a gap":               {`{` + one + `,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, "aaaabbbbcccc", `tensor "b": got bytes 8 to 12, want them from 4 on`},
		"too short":           {`{` + one + `}`, "aaa", `tensor "a": got its end at byte 4 of 3: the file is truncated`},
		"too long":            {`{` + one + `}`, "aaaab", "got 5 bytes after the header, want the tensors' 4"},
		"a name twice":        {`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},` + one + `}`, "aaaa", `got tensor "a" twice`},
		"a TensorFlow table":  {`{`, "\x57\xfb\x80\x8b\x24\x75\x47\xdb", "got a TensorFlow checkpoint, a V1 one or"},
	} {
		_, err := Decode(raw(c.header, c.data))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %.200v, want %q in it", name, err, c.want)
		}
	}
	pointer := "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
	if _, err := Decode([]byte(pointer)); err == nil || !strings.HasPrefix(err.Error(), "got a Git LFS pointer to a file of 12 bytes") {
		t.Errorf("a Git LFS pointer: got error %v", err)
	}
}

// entries is a header of so many empty tensors, the kind that takes the most memory for its bytes.
func entries(n int) string {
	var b strings.Builder
	b.WriteByte('{')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`, i)
	}
	b.WriteByte('}')
	return b.String()
}

// headerBound is what a header may take for each of its bytes, also what is freed soon.
var headerBound = fuzzbound.Bound{Memory: 2 << 20, MemoryPerByte: 32, Time: fuzzbound.Default.Time, TimePerByte: fuzzbound.Default.TimePerByte}

// TestLargeHeader holds that a header of 20 MB takes a bounded multiple of its size, whatever is in
// it.
func TestLargeHeader(t *testing.T) {
	const size = 20 << 20
	for name, header := range map[string]string{
		"entries":     entries(size / 57),
		"a name":      `{"` + strings.Repeat("a", size) + `":1}`,
		"metadata":    `{"__metadata__":{"` + strings.Repeat(`":"","`, size/6) + `":""}}`,
		"a shape":     `{"a":{"shape":[` + strings.Repeat("1,", size/2) + `1]}}`,
		"a number":    `{"a":{"shape":[` + strings.Repeat("1", size) + `]}}`,
		"open arrays": `{"a":` + strings.Repeat("[", size),
	} {
		data := raw(header, "")
		headerBound.Check(t, len(data), func() {
			if f, err := Decode(data); (err == nil) != (name == "entries" || name == "metadata") {
				t.Errorf("%s: got %v, error %.200v", name, f != nil, err)
			}
		})
		if t.Failed() {
			t.Fatalf("header of %s", name)
		}
	}
}

// TestSparseFile holds that a file of 2 GiB is not read when its header is wrong.
func TestSparseFile(t *testing.T) {
	tooShort := raw(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, "")
	for name, begin := range map[string][]byte{
		"zeros": {}, "a long header": {0, 0, 0, 0x7f, 0, 0, 0, 0}, "a header of zeros": {0, 0, 0, 1}, "a short tensor": tooShort,
	} {
		path := filepath.Join(t.TempDir(), "sparse.safetensors")
		if err := os.WriteFile(path, begin, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 2<<30); err != nil {
			t.Fatal(err)
		}
		fuzzbound.Default.Check(t, 0, func() {
			if _, err := Read(path); err == nil {
				t.Errorf("%s: got no error", name)
			}
		})
	}
}

// TestForeignOrder reads tensors that lie in another order than their names', as other programs
// write them.
func TestForeignOrder(t *testing.T) {
	f, err := Decode(raw(`{"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"I32","shape":[2],"data_offsets":[4,12]}}`,
		"\x00\x00\x80\x3f\x01\x00\x00\x00\xff\xff\xff\xff"))
	if err != nil {
		t.Fatal(err)
	}
	want := &File{Tensors: []Tensor{{Name: "a", Shape: []int{2}, Int64: []int64{1, -1}}, {Name: "b", Shape: []int{1}, Float32: []float32{1}}}}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("(−want +got):\n%s", diff)
	}
}

// FuzzDecode holds that no bytes make a panic or take more memory and time than a file of their
// size may, that what is read is what the format's library reads, and that it can be written and
// read again.
func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := Encode(&b, sample()); err != nil {
		f.Fatal(err)
	}
	data := b.Bytes()
	f.Add(data)
	f.Add(data[:20])
	f.Add(raw("{}", ""))
	f.Add(raw(entries(100), ""))
	f.Add(raw(`{"a":{"shape":[`+strings.Repeat("1,", 100), ""))
	f.Add(raw(`{"__metadata__":`+strings.Repeat("[", 1000), ""))
	f.Add([]byte{0, 0, 0, 0x7f, 0, 0, 0, 0, '{'})
	f.Fuzz(func(t *testing.T, data []byte) {
		var first *File
		var err error
		headerBound.Check(t, len(data), func() { first, err = Decode(data) })
		if err != nil {
			return
		}
		st, err := safetensors.Deserialize(data)
		if err != nil || st.Len() != len(first.Tensors) {
			t.Fatalf("got %d tensors, the library %d and error %v", len(first.Tensors), st.Len(), err)
		}
		b.Reset()
		if err := Encode(&b, first); err != nil {
			t.Fatal(err)
		}
		second, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		first.Sum = second.Sum
		if !sameBits(first, second) {
			t.Errorf("written and read again: got %v, want %v", second, first)
		}
	})
}

// sameBits says that two files hold the same, NaNs included.
func sameBits(a, b *File) bool {
	var x, y bytes.Buffer
	return Encode(&x, a) == nil && Encode(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
