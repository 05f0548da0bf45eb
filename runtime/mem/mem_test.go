package mem

import (
	"testing"
	"unsafe"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

func TestArenaPlacesAndAligns(t *testing.T) {
	a := New(4 * abi.Align)
	p := At[[16]float32](a, 64)
	if uintptr(unsafe.Pointer(p))%abi.Align != 0 {
		t.Errorf("got %p, want a multiple of %d", p, abi.Align)
	}
	p[0], p[15] = 1, 2
	s := Slice[float32](a, 64, 16)
	if s[0] != 1 || s[15] != 2 || len(s) != 16 || cap(s) != 16 {
		t.Errorf("got %v (len %d, cap %d), want the array's elements", s, len(s), cap(s))
	}
	if got := Slice[float32](a, 0, 0); got != nil {
		t.Errorf("got %v, want nil for no elements", got)
	}
}

func TestArenaRefusesWhatDoesNotFit(t *testing.T) {
	a := New(128)
	for name, f := range map[string]func(){
		"past the end": func() { At[[32]float32](a, 64) },
		"negative":     func() { At[[16]float32](a, -64) },
		"unaligned":    func() { At[[4]float32](a, 16) },
		"slice":        func() { Slice[float64](a, 64, 9) },
		"size":         func() { New(-1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("got no panic, want one")
				}
			}()
			f()
		})
	}
}

// TestAtMakesNoT holds that a place in the arena costs no memory of its own: for large networks it
// would be more than the arena's.
func TestAtMakesNoT(t *testing.T) {
	type large [4 << 20]byte
	a := New(SizeOf[large]())
	if got := testing.AllocsPerRun(10, func() { At[large](a, 0)[0]++ }); got != 0 {
		t.Errorf("got %g allocations, want 0", got)
	}
	if got := SizeOf[large](); got != 4<<20 {
		t.Errorf("got a size of %d, want %d", got, 4<<20)
	}
}
