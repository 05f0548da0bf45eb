package f32

// optimizerKernels are the steps of optimizers, of slices as [elementwiseKernels] takes them.
type optimizerKernels struct {
	lanes    int
	momentum func(v, a, g []float32, rate, momentum float32)
	nesterov func(v, a, g []float32, rate, momentum float32)
	adamW    func(v, m, s, g []float32, r *AdamRates)
}

var optimizerFamily = newFamily("steps of momentum, Nesterov, AdamW, gradient descent", "",
	optimizerKernels{1, momentumGeneric, nesterovGeneric, adamWGeneric})

// SGD computes v = v − rate·g, fused.
func SGD(v, g []float32, rate float32) {
	if !(len(g) == len(v)) {
		fail("SGD", "got g of %d elements, want %d", len(g), len(v))
	}
	AddScaled(v, g, -rate)
}

// Momentum computes, both fused, a = momentum·a + g and v = v − rate·a.
//
// Source: TensorFlow's MomentumOptimizer; the rate is not part of the accumulator a.
func Momentum(v, a, g []float32, rate, momentum float32) {
	if !(len(a) == len(v) && len(g) == len(v)) {
		fail("Momentum", "got a, g of %d, %d elements, want %d", len(a), len(g), len(v))
	}
	k := optimizerFamily.active()
	n := inChunks(len(v), k.lanes, func(i, n int) { k.momentum(part(v, i, n), part(a, i, n), part(g, i, n), rate, momentum) })
	momentumGeneric(v[n:], a[n:], g[n:], rate, momentum)
}

// Nesterov computes, all fused, a = momentum·a + g and v = v − rate·(momentum·a + g), with the new
// a.
//
// Source: Nesterov's momentum in the form of Sutskever, Martens, Dahl and Hinton, "On the
// importance of initialization and momentum in deep learning", 2013, section 2, with the change of
// variables that torch.optim.SGD has, without dampening; the rate is not part of the accumulator a.
func Nesterov(v, a, g []float32, rate, momentum float32) {
	if !(len(a) == len(v) && len(g) == len(v)) {
		fail("Nesterov", "got a, g of %d, %d elements, want %d", len(a), len(g), len(v))
	}
	k := optimizerFamily.active()
	n := inChunks(len(v), k.lanes, func(i, n int) { k.nesterov(part(v, i, n), part(a, i, n), part(g, i, n), rate, momentum) })
	nesterovGeneric(v[n:], a[n:], g[n:], rate, momentum)
}

// AdamRates are the coefficients of a step of [AdamW]. The assembly reads them in this order.
type AdamRates struct {
	Beta1, OneMinusBeta1   float32 // decay of the mean gradient
	Beta2, OneMinusBeta2   float32 // decay of the mean squared gradient
	InvSqrtBiasCorrection2 float32 // 1/√(1 − beta2^t), in step t
	Epsilon                float32
	Step                   float32 // rate/(1 − beta1^t)
	OneMinusRateDecay      float32 // 1 − rate·decay, of the decoupled weight decay
}

// AdamW computes, for the variables v, the mean gradients m and the mean squared gradients s,
//
//	m = beta1·m + (1−beta1)·g
//	s = beta2·s + ((1−beta2)·g)·g
//	v = (1−rate·decay)·v − step·(m / (√s·c + epsilon)),  c = 1/√(1−beta2^t)
//
// where the products with beta1, beta2, 1−rate·decay and c are fused into their sums, and every
// other operation is rounded on its own.
//
// Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2, with
// the rate in front of the decay, as torch.optim.AdamW has it.
func AdamW(v, m, s, g []float32, r *AdamRates) {
	if r == nil {
		fail("AdamW", "got no rates, want some")
	}
	if !(len(m) == len(v) && len(s) == len(v) && len(g) == len(v)) {
		fail("AdamW", "got m, s, g of %d, %d, %d elements, want %d", len(m), len(s), len(g), len(v))
	}
	k := optimizerFamily.active()
	n := inChunks(len(v), k.lanes, func(i, n int) {
		k.adamW(part(v, i, n), part(m, i, n), part(s, i, n), part(g, i, n), noescape(r))
	})
	adamWGeneric(v[n:], m[n:], s[n:], g[n:], r)
}
