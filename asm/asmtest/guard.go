package asmtest

import (
	"os"
	"runtime"
	"testing"
	"unsafe"
)

// Guards hands out buffers whose neighbours on both sides cannot be read or written: a kernel that
// leaves its slice faults. The memory is released when the test ends.
type Guards struct {
	memory []byte
	page   int
	used   int
	high   bool
}

// NewGuards reserves room for some buffers of at most the given number of elements each.
func NewGuards(t testing.TB, buffers, elements int) *Guards {
	g := &Guards{page: os.Getpagesize()}
	room := (4*elements+g.page-1)/g.page*g.page + 2*g.page
	var err error
	g.memory, err = reserve(buffers * room)
	if err != nil {
		t.Fatalf("reserve memory for guarded buffers: %v", err)
	}
	t.Cleanup(func() {
		if err := release(g.memory); err != nil {
			t.Errorf("release guarded buffers: %v", err)
		}
	})
	return g
}

// Reset takes all buffers back, and from now on lays them against the upper guard, or the lower
// one.
func (g *Guards) Reset(high bool) { g.used, g.high = 0, high }

// Floats returns n zeros that lie against a guard page.
func (g *Guards) Floats(t T, n int) []float32 {
	t.Helper()
	if n == 0 {
		return nil
	}
	size := (4*n + g.page - 1) / g.page * g.page
	first := g.used + g.page
	g.used = first + size
	if g.used+g.page > len(g.memory) {
		t.Fatalf("got no room for %d guarded elements", n)
	}
	pages := g.memory[first : first+size]
	if err := open(pages); err != nil {
		t.Fatalf("guarded buffer: %v", err)
	}
	at := 0
	if g.high {
		at = size - 4*n
	}
	s := unsafe.Slice((*float32)(unsafe.Pointer(&pages[at])), n)
	clear(s)
	runtime.KeepAlive(g)
	return s
}

// Close makes the buffers of a round untouchable, so that the next round's neighbours are guards
// again.
func (g *Guards) Close(t T) {
	t.Helper()
	if err := seal(g.memory); err != nil {
		t.Fatalf("guard buffers: %v", err)
	}
}

// Copy returns a guarded copy of s.
func (g *Guards) Copy(t T, s []float32) []float32 {
	t.Helper()
	c := g.Floats(t, len(s))
	copy(c, s)
	return c
}
