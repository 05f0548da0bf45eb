// Package mem provides the one block of memory that a network lives in.
package mem

import (
	"fmt"
	"unsafe"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Arena is a zeroed block of bytes, aligned to abi.Align, at fixed offsets of which a generated
// network places its buffers. The garbage collector sees no pointers in it.
type Arena struct {
	bytes []byte
}

// New returns an arena of the given size in bytes. It panics with an [OutOfMemory] where the system
// has no room for it.
func New(size int64) *Arena {
	if size < 0 {
		panic(fmt.Sprintf("mem: got an arena of %d bytes, want 0 or more", size))
	}
	if !fits(size) {
		panic(&OutOfMemory{size})
	}
	block := make([]byte, int(size)+abi.Align)
	first := -int(uintptr(unsafe.Pointer(unsafe.SliceData(block)))) & (abi.Align - 1)
	return &Arena{bytes: block[first : first+int(size) : first+int(size)]}
}

// Size returns the arena's size in bytes.
func (a *Arena) Size() int64 { return int64(len(a.bytes)) }

// At returns the T at an offset in bytes. T must hold no pointers, or the garbage collector would
// not see what they point to. It panics where T does not lie inside the arena or not on a boundary
// of abi.Align.
func At[T any](a *Arena, offset int64) *T {
	a.check(offset, SizeOf[T]())
	return (*T)(unsafe.Pointer(&a.bytes[offset]))
}

// Slice returns n consecutive Ts from an offset in bytes, under the conditions of [At].
func Slice[T any](a *Arena, offset int64, n int) []T {
	if n == 0 {
		return nil
	}
	if most := a.Size() / SizeOf[T](); n < 0 || int64(n) > most {
		panic(fmt.Sprintf("mem: got %d elements, want 0 to %d", n, most))
	}
	a.check(offset, int64(n)*SizeOf[T]())
	return unsafe.Slice((*T)(unsafe.Pointer(&a.bytes[offset])), n)
}

// SizeOf returns the bytes of a T, without making one: a T may be a batch's tensor, many megabytes
// of stack or heap.
func SizeOf[T any]() int64 {
	return int64(unsafe.Sizeof(*(*T)(nil)))
}

func (a *Arena) check(offset, size int64) {
	if offset < 0 || size <= 0 || size > a.Size() || offset > a.Size()-size {
		panic(fmt.Sprintf("mem: got %d bytes at %d, want them inside an arena of %d", size, offset, a.Size()))
	}
	if offset%abi.Align != 0 {
		panic(fmt.Sprintf("mem: got offset %d, want a multiple of %d", offset, abi.Align))
	}
}
