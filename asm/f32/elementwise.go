package f32

// Add computes dst = a + b. dst may be a or b.
func Add(dst, a, b []float32) {
	if !(len(a) == len(dst) && len(b) == len(dst)) {
		fail("Add", "got a, b of %d, %d elements, want %d", len(a), len(b), len(dst))
	}
	add(dst, a, b)
}

// AddScaled computes dst = s·x + dst, fused.
func AddScaled(dst, x []float32, s float32) {
	if !(len(x) == len(dst)) {
		fail("AddScaled", "got x of %d elements, want %d", len(x), len(dst))
	}
	addScaled(dst, x, s)
}

// Momentum computes, both fused, a = momentum·a + g and v = v − rate·a.
//
// Source: TensorFlow's MomentumOptimizer; the rate is not part of the accumulator a.
func Momentum(v, a, g []float32, rate, momentum float32) {
	if !(len(a) == len(v) && len(g) == len(v)) {
		fail("Momentum", "got a, g of %d, %d elements, want %d", len(a), len(g), len(v))
	}
	momentumStep(v, a, g, rate, momentum)
}

// SGD computes v = v − rate·g, fused.
func SGD(v, g []float32, rate float32) {
	if !(len(g) == len(v)) {
		fail("SGD", "got g of %d elements, want %d", len(g), len(v))
	}
	addScaled(v, g, -rate)
}

// SumSquares returns Σ x² in float64: element i belongs to chain i%8, and the chains are added as
// ((0+4)+(2+6)) + ((1+5)+(3+7)). A square is exact, so its sum is rounded once.
func SumSquares(x []float32) float64 {
	var chains [8]float64
	sumSquares(&chains, x)
	c := &chains
	return ((c[0] + c[4]) + (c[2] + c[6])) + ((c[1] + c[5]) + (c[3] + c[7]))
}
