// Package asmtest helps to test kernels: buffers between pages that cannot be touched, values of
// every kind, comparison bit for bit, and the error bound of a float32 chain.
package asmtest

import (
	"math"
	"testing"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

// T is what the helpers need of a test.
type T interface {
	// Helper marks the caller as one.
	Helper()
	// Fatalf ends the test with a message.
	Fatalf(format string, args ...any)
}

// EachLevel runs a test at each of [cpu.Levels].
func EachLevel(t *testing.T, test func(t *testing.T)) {
	for _, level := range cpu.Levels() {
		t.Run(level.String(), func(t *testing.T) {
			defer cpu.Set(level)()
			test(t)
		})
	}
}

// SameBits fails unless got and want are the same bits.
func SameBits(t T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: got %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s[%d] of %d: got %g (%#x), want %g (%#x)", what, i, len(got),
				got[i], math.Float32bits(got[i]), want[i], math.Float32bits(want[i]))
		}
	}
}

// Near fails unless each element of got is within an error bound of its exact value want:
// n·u/(1−n·u) · magnitude, u = 2⁻²⁴, the bound of a chain of n fused multiply-adds. magnitude is
// the sum of the absolute products.
//
// Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1.
func Near(t T, what string, got []float32, want, magnitude []float64, n int) {
	t.Helper()
	nu := float64(n) * 0x1p-24
	for i := range got {
		if d := math.Abs(float64(got[i]) - want[i]); !(d <= nu/(1-nu)*magnitude[i]+0x1p-149) {
			t.Fatalf("%s[%d]: got %g, want %g within %g", what, i, got[i], want[i], nu/(1-nu)*magnitude[i])
		}
	}
}

// NaNs fills s with NaN, for outputs that a kernel has to overwrite.
func NaNs(s []float32) []float32 {
	for i := range s {
		s[i] = float32(math.NaN())
	}
	return s
}
