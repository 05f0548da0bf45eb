package f32

import "math"

// FMA returns a·b + c, rounded once, to nearest even: what the FMA instructions compute, on every
// machine.
//
// The product of two float32 is exact in float64. Its sum with c is rounded there to odd: an
// inexact sum with an even last bit moves to its odd neighbour on the exact sum's side. So the
// second rounding, to float32, is always right.
//
// Source: Boldo and Melquiond, "Emulation of a FMA and Correctly Rounded Sums: Proved Algorithms
// Using Rounding to Odd", 2008, section 3; Møller's two-sum for the rounding error.
func FMA(a, b, c float32) float32 {
	product, addend := float64(a)*float64(b), float64(c)
	sum := product + addend
	part := sum - product
	lost := (product - (sum - part)) + (addend - part)
	if lost != 0 {
		sum = roundToOdd(sum, lost)
	}
	return float32(sum)
}

// roundToOdd moves an inexact sum with an even last bit towards what was lost.
func roundToOdd(sum, lost float64) float64 {
	bits := math.Float64bits(sum)
	if bits&1 != 0 || math.IsInf(sum, 0) || math.IsNaN(sum) {
		return sum
	}
	if (lost > 0) == (sum > 0) {
		return math.Float64frombits(bits + 1)
	}
	return math.Float64frombits(bits - 1)
}
