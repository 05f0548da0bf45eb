// Package f32 holds the kernels: tiles of convolutions, and what stands between them.
//
// Each kernel has a portable version in Go, which defines its result bit for bit, and one in AVX2
// assembly, some in AVX-512 too, that repeats the same additions in the same order. Package asm/cpu
// decides which one runs. Kernels take slices, check them once, and never read or write outside
// them; they allocate nothing. Bits agree for all finite values; where a result is NaN, only its
// being NaN does.
package f32

import "fmt"

// fail panics: a kernel was called with slices that do not fit.
func fail(kernel, format string, args ...any) {
	panic("f32: " + kernel + ": " + fmt.Sprintf(format, args...))
}
