package checkpoint

import (
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkRead reads a checkpoint of 64 MB from the system's cache of files.
func BenchmarkRead(b *testing.B) {
	f := &File{Metadata: map[string]string{"network": "large"}}
	for _, name := range []string{"a/DW", "b/DW"} {
		f.Tensors = append(f.Tensors, Tensor{Name: name, Shape: []int{1 << 23}, Float32: make([]float32, 1<<23)})
	}
	path := filepath.Join(b.TempDir(), "c.safetensors")
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := Encode(out, f); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(1 << 26)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(path); err != nil {
			b.Fatal(err)
		}
	}
}
