package f32

// winogradWeightsKernels are the transforms of weights: of WeightLanes kernels of a convolution,
// and of the gradients of n, a multiple of lanes, which is a power of two.
type winogradWeightsKernels struct {
	transform func(u []float32, plane int, w []float32, tap int)
	lanes     int
	gradient  func(dw []float32, tap int, du []float32, plane, n int)
}

var winogradWeightsFamily = newFamily("Winograd's transforms of weights", "",
	winogradWeightsKernels{winogradWeightsGeneric, 1, winogradWeightGradientGeneric})

// WeightLanes is how many kernels [TransformWeights] transforms side by side.
const WeightLanes = 8

// TransformWeights computes u = G·w·Gᵀ of WeightLanes kernels side by side: lane l of tap k is
// w[k·tap+l], and of plane f it is u[f·plane+l]. A one-dimensional transform of w is
//
//	s = w0 + w2   t = (1/6)·w2 + w0/24
//	w0/4, −(s + w1)/6, −(s − w1)/6, (1/12)·w1 + t, (−1/12)·w1 + t, w2
//
// with products by the nearest float32, those with a sum fused, first down the columns, then along
// the rows.
func TransformWeights(u []float32, plane int, w []float32, tap int) {
	if !(plane >= 0 && tap >= 0 && len(u) >= extent(WinogradPlanes, plane, WeightLanes) && len(w) >= extent(taps, tap, WeightLanes)) {
		fail("TransformWeights", "got u of %d elements, planes of %d, w of %d, taps of %d, want room for %d lanes",
			len(u), plane, len(w), tap, WeightLanes)
	}
	winogradWeightsFamily.active().transform(part(u, 0, len(u)), plane, part(w, 0, len(w)), tap)
}

// TransformWeightGradient computes dw = Gᵀ·du·G of n kernels side by side, the transpose of
// [TransformWeights]: kernel l of plane f is du[f·plane+l], and of tap k it is dw[k·tap+l]. A
// one-dimensional transform of u is
//
//	s = u1 + u2   p = u3 + u4
//	(1/24)·p + ((−1/6)·s + u0/4), (1/12)·(u3 − u4) + (u1 − u2)·(−1/6), (1/6)·p + ((−1/6)·s + u5)
//
// with products by the nearest float32, those with a sum fused, first down the columns, then along
// the rows.
func TransformWeightGradient(dw []float32, tap int, du []float32, plane, n int) {
	if !(n >= 0 && plane >= 0 && tap >= 0 && len(du) >= extent(WinogradPlanes, plane, n) && len(dw) >= extent(taps, tap, n)) {
		fail("TransformWeightGradient", "got dw of %d elements, taps of %d, du of %d, planes of %d, want room for %d kernels",
			len(dw), tap, len(du), plane, n)
	}
	k := winogradWeightsFamily.active()
	whole := n &^ (k.lanes - 1)
	if whole > 0 {
		k.gradient(part(dw, 0, len(dw)), tap, part(du, 0, len(du)), plane, whole)
	}
	if whole < n {
		winogradWeightGradientGeneric(dw[whole:], tap, du[whole:], plane, n-whole)
	}
}
