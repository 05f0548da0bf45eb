package nn

import (
	"math"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// UpdateMomentum applies TensorFlow's momentum to the part's variables:
// a = momentum·a + g; v = v − rate·a, each fused.
func (p *Parameters) UpdateMomentum(rate, momentum float32, part par.Part) {
	first, end := p.share(part)
	f32.Momentum(p.Value[first:end], p.Slots[0][first:end], p.Gradient[first:end], rate, momentum)
}

// UpdateSGD applies gradient descent to the part's variables: v = v − rate·g, fused.
func (p *Parameters) UpdateSGD(rate float32, part par.Part) {
	first, end := p.share(part)
	f32.SGD(p.Value[first:end], p.Gradient[first:end], rate)
}

// UpdateNesterov applies Nesterov's momentum to the part's variables:
// a = momentum·a + g; v = v − rate·(momentum·a + g), each fused.
func (p *Parameters) UpdateNesterov(rate, momentum float32, part par.Part) {
	first, end := p.share(part)
	f32.Nesterov(p.Value[first:end], p.Slots[0][first:end], p.Gradient[first:end], rate, momentum)
}

// Adam are the constants of AdamW.
type Adam struct{ Beta1, Beta2, Epsilon, WeightDecay float64 }

// UpdateAdamW applies the given step of AdamW, counted from 1, to the part's variables; see
// [f32.AdamW]. The slots are the mean gradients and the mean squared gradients. Only the decayed
// variables shrink.
func (p *Parameters) UpdateAdamW(rate float32, adam Adam, step int, part par.Part) {
	rates := adam.rates(float64(rate), step)
	first, end := p.share(part)
	middle := min(max(first, p.Decayed), end)
	p.adamW(first, middle, &rates)
	rates.OneMinusRateDecay = 1
	p.adamW(middle, end, &rates)
}

func (p *Parameters) adamW(first, end int, rates *f32.AdamRates) {
	f32.AdamW(p.Value[first:end], p.Slots[0][first:end], p.Slots[1][first:end], p.Gradient[first:end], rates)
}

// rates returns the coefficients of a step: computed in float64, rounded once.
func (a Adam) rates(rate float64, step int) f32.AdamRates {
	return f32.AdamRates{
		Beta1: float32(a.Beta1), OneMinusBeta1: float32(1 - a.Beta1),
		Beta2: float32(a.Beta2), OneMinusBeta2: float32(1 - a.Beta2),
		InvSqrtBiasCorrection2: float32(1 / math.Sqrt(1-power(a.Beta2, step))), Epsilon: float32(a.Epsilon),
		Step:              float32(rate / (1 - power(a.Beta1, step))),
		OneMinusRateDecay: float32(1 - float64(rate*a.WeightDecay)),
	}
}

// power returns x to the power of n ≥ 0, by squaring. The result of math.Pow may differ between
// machines.
func power(x float64, n int) float64 {
	p := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			p = float64(p * x)
		}
		x = float64(x * x)
	}
	return p
}
