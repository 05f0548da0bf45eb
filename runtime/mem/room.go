package mem

import (
	"fmt"
	"math"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

// OutOfMemory is what [New] panics with where the system has no room for a block: [Recover] makes
// an error of it.
type OutOfMemory struct{ Bytes int64 }

// Error says how much was asked for.
func (e *OutOfMemory) Error() string {
	return fmt.Sprintf("got no memory for a block of %d bytes", e.Bytes)
}

// Recover, where it is deferred, makes *err the [OutOfMemory] that ended the function. Other panics
// go on.
func Recover(err *error) {
	switch r := recover().(type) {
	case nil:
	case *OutOfMemory:
		*err = r
	default:
		panic(r)
	}
}

// What Go's heap and the system round up to, and what comes besides.
const (
	small = 1 << 20  // a block that the heap has room for: it grows by pieces
	piece = 64 << 20 // of address space
	table = 16 << 20 // the heap's first tables; those that grow with a block take less than a 256th of it
	stack = 8 << 20  // of a thread that C makes
)

// fits reports whether there is room for a block as Go's heap takes it, and beside a large one, a
// training's, for the stacks of threads. A make without room would end the process with the stacks
// of all goroutines, which nothing can recover.
func fits(size int64) bool {
	if size < small {
		return true
	}
	if size > math.MaxInt64/2 {
		return false
	}
	need := (size+piece)/piece*piece + size/256 + table
	if size >= piece {
		need += abi.Groups * stack
	}
	return need <= math.MaxInt && reservable(int(need))
}
