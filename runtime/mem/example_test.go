package mem_test

import (
	"errors"
	"fmt"
	"math"

	"github.com/resnetgen/resnetgen/runtime/mem"
)

// Too little memory is an error with the size asked for.
func ExampleRecover() {
	reserve := func(bytes int64) (arena *mem.Arena, err error) {
		defer mem.Recover(&err)
		return mem.New(bytes), nil
	}
	_, err := reserve(math.MaxInt64 &^ 63)
	var outOfMemory *mem.OutOfMemory
	fmt.Println(errors.As(err, &outOfMemory))
	// Output: true
}

// Tensors lie at fixed offsets of one block.
func ExampleSlice() {
	arena := mem.New(128)
	weights := mem.Slice[float32](arena, 64, 2)
	weights[1] = 0.5
	fmt.Println(mem.Slice[float32](arena, 64, 2))
	// Output: [0 0.5]
}
