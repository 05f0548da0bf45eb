// Package f32 holds the kernels: convolution tiles, transforms, and elementwise operations.
//
// The portable Go version of a kernel defines its result bit for bit. AVX2 assembly, and for some
// kernels AVX-512, repeats the same additions in the same order. Package asm/cpu decides which
// version runs.
//
// Kernels check their slices once, and never read or write outside them. They allocate nothing.
// Bits agree for all finite values. A NaN agrees only in being NaN.
package f32

import "fmt"

// fail panics: a kernel was called with slices that do not fit.
func fail(kernel, format string, args ...any) {
	panic("f32: " + kernel + ": " + fmt.Sprintf(format, args...))
}
