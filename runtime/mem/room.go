package mem

import (
	"fmt"
	"math"
)

// OutOfMemory is what [New] panics with where the system has no room for a block: [Recover] makes an error of it.
type OutOfMemory struct{ Bytes int64 }

// Error says how much was asked for.
func (e *OutOfMemory) Error() string {
	return fmt.Sprintf("got no memory for a block of %d bytes", e.Bytes)
}

// Recover, where it is deferred, makes *err the [OutOfMemory] that ended the function. Other panics go on.
func Recover(err *error) {
	switch r := recover().(type) {
	case nil:
	case *OutOfMemory:
		*err = r
	default:
		panic(r)
	}
}

// piece is the address space that Go's heap grows by at least. A smaller block may lie in what it has already.
const piece = 64 << 20

// fits reports whether there is room for a block, and for what Go's heap takes besides: it rounds up to pieces, aligns
// them, and has tables for them. A make without room would end the process with the stacks of all goroutines, which nothing
// can recover.
func fits(size int64) bool {
	if size < piece {
		return true
	}
	if size > math.MaxInt64/2 {
		return false
	}
	need := size + size/256 + 3*piece
	return need <= math.MaxInt && reservable(int(need))
}
