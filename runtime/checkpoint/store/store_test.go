package store

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// TestWrite holds that a write makes its folder, and that one that fails leaves what was there.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "c.safetensors")
	one := []checkpoint.Tensor{{Name: "a", Shape: []int{1}, Float32: []float32{1}}}
	if err := Write(path, &checkpoint.File{Tensors: one}); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, &checkpoint.File{Tensors: append(one, one...)}); err == nil {
		t.Error("a tensor twice: got no error")
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file that was there: got it changed, or error %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("got %d files, want the checkpoint alone (%v)", len(entries), err)
	}
}
