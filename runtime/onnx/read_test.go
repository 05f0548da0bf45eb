package onnx

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestDamaged cuts a model short everywhere and turns bits over: there is an error, or the
// variables are what they were, since a bit of the nodes or of the documentation is none of theirs.
func TestDamaged(t *testing.T) {
	n := newNetwork(t, "odd")
	whole := n.encode(t, Options{})
	want, err := Decode(whole, network.HWIO)
	if err != nil {
		t.Fatal(err)
	}
	for size := range len(whole) {
		if f, err := Decode(whole[:size], network.HWIO); err == nil && !sameTensors(f, want) {
			t.Fatalf("the first %d of %d bytes: got %d variables, want an error", size, len(whole), len(f.Tensors))
		}
	}
	found := 0
	for at := range whole {
		damaged := slices.Clone(whole)
		damaged[at] ^= 1 << (at % 8)
		f, err := Decode(damaged, network.HWIO)
		switch {
		case err != nil:
			found++
		case !sameTensors(f, want) && f.Metadata[KeyNetwork] == "net" && strings.Count(string(damaged), KeySum) == 1:
			t.Fatalf("byte %d: got other variables, want an error", at)
		}
	}
	values := 0
	for _, v := range want.Tensors {
		values += 4 * len(v.Float32)
	}
	if found < values { // each of theirs is found
		t.Errorf("got %d errors for %d damaged models, want one at least for each of the %d bytes of values", found, len(whole), values)
	}
}

func sameTensors(a, b *checkpoint.File) bool {
	return slices.EqualFunc(a.Tensors, b.Tensors, func(x, y checkpoint.Tensor) bool {
		return x.Name == y.Name && slices.Equal(x.Shape, y.Shape) && slices.EqualFunc(x.Float32, y.Float32, func(v, w float32) bool {
			return math.Float32bits(v) == math.Float32bits(w)
		})
	})
}

// foreign returns a model as other programs write it: one initializer, and no sum.
func foreign(initializer []byte) []byte {
	b := appendInt(nil, modelIRVersion, 7)
	return appendMessage(b, modelGraph, appendMessage(nil, graphInitializer, initializer))
}

// tensorOf returns a TensorProto of a type and dimensions, these packed.
func tensorOf(name string, element dataType, dims ...uint64) []byte {
	var packed []byte
	for _, d := range dims {
		packed = protowire.AppendVarint(packed, d)
	}
	b := appendMessage(nil, tensorDims, packed)
	b = appendInt(b, tensorDataType, int(element))
	return appendString(b, tensorName, name)
}

// TestForeign reads what other programs write: values as numbers, packed or not, dimensions packed,
// and other types.
func TestForeign(t *testing.T) {
	packed := protowire.AppendFixed32(protowire.AppendFixed32(nil, math.Float32bits(1.5)), math.Float32bits(-2))
	for name, content := range map[string][]byte{
		"raw":        appendMessage(tensorOf("x", typeFloat, 2), tensorRaw, packed),
		"packed":     appendMessage(tensorOf("x", typeFloat, 2), tensorFloats, packed),
		"not packed": appendFloat(appendFloat(tensorOf("x", typeFloat, 2), tensorFloats, 1.5), tensorFloats, -2),
	} {
		f, err := Decode(foreign(content), network.HWIO)
		want := &checkpoint.File{Tensors: []checkpoint.Tensor{{Name: "x", Shape: []int{2}, Float32: []float32{1.5, -2}}}}
		if err != nil || !sameTensors(f, want) {
			t.Errorf("%s: got %+v and error %v, want %+v", name, f, err, want)
		}
	}
	if f, err := Decode(foreign(appendMessage(tensorOf("x", 7, 1), tensorRaw, make([]byte, 8))), network.HWIO); err != nil || len(f.Tensors) != 0 {
		t.Errorf("int64: got %+v and error %v, want no variable", f, err)
	}
}

func TestDecodeErrors(t *testing.T) {
	four := make([]byte, 4)
	twice := appendMessage(nil, graphInitializer, appendMessage(tensorOf("x", typeFloat, 1), tensorRaw, four))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":        {nil, "not an ONNX model: want an IR version and a graph"},
		"no graph":       {appendInt(nil, modelIRVersion, 8), "not an ONNX model"},
		"text":           {[]byte("no model at all"), "truncated ONNX model: byte "},
		"few bytes":      {foreign(appendMessage(tensorOf("x", typeFloat, 3), tensorRaw, four)), `initializer "x": got 4 bytes, want more for dimensions [3]`},
		"many bytes":     {foreign(appendMessage(tensorOf("x", typeFloat, 1), tensorRaw, make([]byte, 9))), `initializer "x": got 9 bytes, want 4 for dimensions [1]`},
		"overflow":       {foreign(appendMessage(tensorOf("x", typeFloat, 1<<30, 1<<30, 1<<30, 1<<30), tensorRaw, four)), `initializer "x": got 4 bytes, want more`},
		"zero":           {foreign(appendMessage(tensorOf("x", typeFloat, 0), tensorRaw, nil)), "dimension 0: got 0, want 1 to 2147483647"},
		"negative":       {foreign(tensorOf("x", typeFloat, math.MaxUint64)), "dimension 0: got 18446744073709551615, want 1 to"},
		"dimensions":     {foreign(tensorOf("x", typeFloat, slices.Repeat([]uint64{1}, 9)...)), "got more dimensions, want at most 8"},
		"elsewhere":      {foreign(appendInt(tensorOf("x", typeFloat, 1), tensorLocation, 1)), `initializer "x": got its values in another file`},
		"twice":          {appendMessage(appendInt(nil, modelIRVersion, 8), modelGraph, append(twice, twice...)), `initializer "x": got it twice, want it once`},
		"not the sum's":  {appendMessage(foreign(appendMessage(tensorOf("x", typeFloat, 1), tensorRaw, four)), modelMetadata, appendString(appendString(nil, entryKey, KeySum), entryValue, "12")), "want 12… as the metadata say: the model is damaged"},
		"half a message": {foreign([]byte{tensorDims<<3 | 2, 200}), "initializer 0, byte 0: unexpected EOF"},
	} {
		if _, err := Decode(c.data, network.HWIO); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %s", name, err, c.want)
		}
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                             "got a folder, want a file",
		filepath.Join(dir, "none.onnx"): "no such file",
	} {
		if _, err := Read(path, network.HWIO); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got error %v, want %s with the path", err, want)
		}
	}
	path := filepath.Join(dir, "bad.onnx")
	if err := os.WriteFile(path, []byte{0xff}, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, network.HWIO); err == nil || !strings.HasPrefix(err.Error(), "read "+path) {
		t.Errorf("got error %v, want one with the path", err)
	}
}

func TestIs(t *testing.T) {
	dir := t.TempDir()
	model := newNetwork(t, "odd").encode(t, Options{})
	for name, c := range map[string]struct {
		content []byte
		want    bool
	}{
		"any.onnx": {nil, true}, "model": {model, true}, "short": {model[:5], false}, "text": {[]byte("a text of some length"), false},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := IsModel(path); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	if IsModel(dir) || IsModel(filepath.Join(dir, "none.onnx")) {
		t.Error("got a folder or nothing taken for a model")
	}
}

// decodeBound is what a model may take for each of its bytes: a tensor of one value has some ten.
var decodeBound = fuzzbound.Bound{Memory: 1 << 20, MemoryPerByte: 64, Time: fuzzbound.Default.Time, TimePerByte: fuzzbound.Default.TimePerByte}

// TestManyInitializers holds that a model of a million small messages takes a bounded multiple of
// its size.
func TestManyInitializers(t *testing.T) {
	graph := []byte(nil)
	for i := range 100000 {
		tensor := appendString(appendInt(nil, tensorDataType, int(typeFloat)), tensorName, fmt.Sprint(i))
		graph = appendMessage(graph, graphInitializer, appendMessage(tensor, tensorRaw, []byte{0, 0, 0, 0}))
	}
	for name, data := range map[string][]byte{
		"values":       appendMessage(appendInt(nil, modelIRVersion, 8), modelGraph, graph),
		"metadata":     bytes.Repeat([]byte{modelMetadata<<3 | 2, 0}, 1<<20),
		"single":       foreign(bytes.Repeat([]byte{tensorFloats<<3 | 5, 0, 0, 0, 0}, 1<<20)),
		"no variables": appendMessage(nil, modelGraph, bytes.Repeat([]byte{graphInitializer<<3 | 2, 0}, 1<<20)),
	} {
		decodeBound.Check(t, len(data), func() {
			if _, err := Decode(data, network.HWIO); (err == nil) != (name == "values" || name == "single") {
				t.Errorf("%s: got error %.200v", name, err)
			}
		})
	}
}

// TestSparseFile holds that a model of almost 2 GiB is not read where its messages are wrong.
func TestSparseFile(t *testing.T) {
	const size, most = maxBytes - 100, 1 << 30
	head := func(b []byte, field protowire.Number, length uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(slices.Clip(b), field, protowire.BytesType), length)
	}
	model := appendInt(nil, modelIRVersion, 8)
	graph := head(model, modelGraph, most+100)
	tensor := appendInt(appendInt(head(graph, graphInitializer, most), tensorDims, 2), tensorDataType, int(typeFloat))
	for name, c := range map[string]struct {
		begin []byte
		want  string
	}{
		"zeros":          {nil, "byte 0: "},
		"a graph":        {graph, "graph, byte 0: "},
		"an initializer": {tensor, "initializer 0, byte 4: "},
		"values":         {head(tensor, tensorRaw, most-10), "got 1073741814 bytes, want 8 for dimensions [2]"},
		"a name":         {head(tensor, tensorName, most-10), "got a text of 1073741814 bytes"},
		"dimensions":     {head(tensor, tensorDims, most-10), "got more dimensions, want at most 8"},
	} {
		path := filepath.Join(t.TempDir(), "sparse.onnx")
		if err := os.WriteFile(path, c.begin, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		fuzzbound.Default.Check(t, 0, func() {
			if _, err := Read(path, network.HWIO); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got error %v, want %q in it", name, err, c.want)
			}
		})
	}
}

// FuzzDecode holds that no bytes make a panic, that what is read is whole, and that memory is
// bounded by the file's size.
func FuzzDecode(f *testing.F) {
	n := newNetwork(f, "odd")
	whole := n.encode(f, Options{Preprocess: true, Softmax: true, Labels: []string{"a", "b"}})
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(foreign(appendMessage(tensorOf("x", typeFloat, 1, 1, 1, 1), tensorFloats, bytes.Repeat([]byte{1}, 4))))
	f.Add(appendMessage(nil, modelGraph, bytes.Repeat([]byte{graphInitializer<<3 | 2, 0}, 1000)))
	f.Add(bytes.Repeat([]byte{modelMetadata<<3 | 2, 0}, 1000))
	f.Add(foreign(bytes.Repeat([]byte{tensorFloats<<3 | 5, 0, 0, 0, 0}, 1000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		var file *checkpoint.File
		var err error
		decodeBound.Check(t, len(data), func() { file, err = Decode(data, network.HWIO) })
		if err != nil {
			return
		}
		total := 0
		for _, v := range file.Tensors {
			if len(v.Float32) != checkpoint.Elements(v.Shape) {
				t.Errorf("%s: got %d values, want those of shape %v", v.Name, len(v.Float32), v.Shape)
			}
			total += 4 * len(v.Float32)
		}
		if total > len(data) {
			t.Errorf("got %d bytes of values from %d bytes, want no more than these", total, len(data))
		}
	})
}
