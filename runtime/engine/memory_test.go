package engine

import (
	"errors"
	"image"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/mem"
)

// TestOutOfMemory holds that a call for which there is no memory returns an error, as often as it
// is tried, and that calls go on when there is some again.
func TestOutOfMemory(t *testing.T) {
	program, scarce := tiny(), true
	reserve := program.NewMemory
	program.NewMemory = func() *Images {
		if scarce {
			mem.New(1 << 55)
		}
		return reserve()
	}
	e := New(program, 1) // which reserves nothing before the first call
	defer e.Close()
	logits := make([]float32, 2)
	var out *mem.OutOfMemory
	for range 2 * cap(e.singles.tokens) {
		if err := e.Logits(logits, []float32{1, 2}); !errors.As(err, &out) {
			t.Fatalf("got error %v, want one of memory", err)
		}
		if err := e.LogitsOfImage(logits, image.NewGray(image.Rect(0, 0, 2, 1))); !errors.As(err, &out) {
			t.Fatalf("got error %v of an image, want one of memory", err)
		}
	}
	scarce = false
	if err := e.Logits(logits, []float32{1, 2}); err != nil || !slices.Equal(logits, []float32{1, 2}) {
		t.Errorf("got %v, error %v, want what went in", logits, err)
	}
}
