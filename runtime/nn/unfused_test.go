package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// TestDerivativeAtZero holds what the derivative of the activation at 0 is, fused with the norm and
// not: 1, or the leak.
func TestDerivativeAtZero(t *testing.T) {
	x, da := []float32{-1, 0, float32(math.Copysign(0, -1)), 0x1p-149, 1}, []float32{8, 8, 8, 8, 8}
	for name, c := range map[string]struct {
		edge  float32
		apart func(dz, da, z []float32, leak float32)
		want  []float32
	}{
		"one":  {0, ActivationGradient, []float32{2, 8, 8, 8, 8}},
		"leak": {f32.LeakAtZero, ActivationGradientLeakAtZero, []float32{2, 2, 2, 8, 8}},
	} {
		n := testNorm(rand.New(rand.NewPCG(7, 8)), 1, 5, 1)
		n.Leak, n.Edge = 0.25, c.edge
		n.Coefficients.Mean[0], n.Coefficients.Scale[0], n.Coefficients.Shift[0] = 0, 1, 0
		dz := nans(5)
		n.ActivateGradient(0, dz, da, x, Cached)
		asmtest.SameBits(t, name+", with the norm", dz, c.want)
		c.apart(dz, da, x, 0.25)
		asmtest.SameBits(t, name+", alone", dz, c.want)
	}
}

// TestUnfused holds that normalization and activation one after the other, and their gradients,
// come to the bits of the operations that join them.
func TestUnfused(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	n := testNorm(r, 4, 5, 24)
	copied := *n
	copied.MovingMean, copied.MovingVariance = slices.Clone(n.MovingMean), slices.Clone(n.MovingVariance)
	copied.GammaGradient, copied.BetaGradient = nans(24), nans(24)
	copied.Coefficients = NewCoefficients(nans(abi.NormCoefficients*24), 24)
	copied.Sums = testNorm(r, 4, 5, 24).Sums
	fused := &normCase{n: n, batch: Batch{N: 3, Training: true}}
	for range fused.batch.N * fused.size() {
		fused.x = append(fused.x, float32(r.NormFloat64()*3))
		fused.da = append(fused.da, float32(r.NormFloat64()))
	}
	a, dx := fused.run()

	k := &normCase{n: &copied, batch: fused.batch, x: fused.x, da: fused.da}
	each := func(f func(g, i int)) {
		for g := range abi.Groups {
			for i := GroupImages(k.batch.N, g).First; i < GroupImages(k.batch.N, g).End; i++ {
				f(g, i)
			}
		}
	}
	z, apart, dz, gradient := nans(len(k.x)), nans(len(k.x)), nans(len(k.x)), nans(len(k.x))
	each(func(g, i int) { k.n.AddMoments(g, k.image(k.x, i)) })
	k.n.Finish(&k.batch)
	each(func(g, i int) {
		k.n.Normalize(k.image(z, i), k.image(k.x, i))
		Activate(k.image(apart, i), k.image(z, i), k.n.Leak)
		ActivationGradient(k.image(dz, i), k.image(k.da, i), k.image(z, i), k.n.Leak)
		k.n.AddGradient(g, k.image(dz, i), k.image(k.x, i))
	})
	k.n.FinishGradient(&k.batch)
	each(func(_, i int) { k.n.Gradient(k.image(gradient, i), k.image(dz, i), k.image(k.x, i)) })
	asmtest.SameBits(t, "activations", apart, a)
	asmtest.SameBits(t, "gradient", gradient, dx)
	asmtest.SameBits(t, "gradient of gamma", k.n.GammaGradient, n.GammaGradient)
	asmtest.SameBits(t, "gradient of beta", k.n.BetaGradient, n.BetaGradient)
}
