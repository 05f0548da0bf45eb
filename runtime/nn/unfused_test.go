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

// activation computes leaky(z).
func activation(z, leak float32) float32 {
	if z < 0 {
		return leak * z
	}
	return z
}

// activationGradient computes the gradient of z from that of leaky(z). At 0 the derivative is 1, or
// the leak.
func activationGradient(da, z, leak float32, leakAtZero bool) float32 {
	if z < 0 || z == 0 && leakAtZero {
		return leak * da
	}
	return da
}

// TestDerivativeAtZero holds what the derivative of the activation at 0 is, behind a norm and
// behind a sum: 1, or the leak.
func TestDerivativeAtZero(t *testing.T) {
	x, da := []float32{-1, 0, float32(math.Copysign(0, -1)), 0x1p-149, 1}, []float32{8, 8, 8, 8, 8}
	for name, c := range map[string]struct {
		edge float32
		want []float32
	}{
		"one":  {0, []float32{2, 8, 8, 8, 8}},
		"leak": {f32.LeakAtZero, []float32{2, 2, 2, 8, 8}},
	} {
		n := testNorm(rand.New(rand.NewPCG(7, 8)), 1, 5, 1)
		n.Leak, n.Edge = 0.25, c.edge
		n.Coefficients.Mean[0], n.Coefficients.Scale[0], n.Coefficients.Shift[0] = 0, 1, 0
		dz := nans(5)
		n.ActivateGradient(0, dz, da, x, Cached)
		asmtest.SameBits(t, name+", behind the norm", dz, c.want)

		n.Leak, n.Coefficients.Shift[0] = 0, float32(math.Copysign(0, -1)) // s is x, the sum of two of −0 too
		a, minusZeros := nans(5), slices.Repeat(n.Coefficients.Shift[:1], 5)
		n.ActivateSum(a, nil, x, minusZeros, nil, Cached)
		n.Leak = 0.25
		n.ActivateSumGradient(0, dz, da, nil, a, x, Cached)
		asmtest.SameBits(t, name+", behind a sum", dz, c.want)
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
		for e, z := range k.image(z, i) {
			k.image(apart, i)[e] = activation(z, k.n.Leak)
			k.image(dz, i)[e] = activationGradient(k.image(k.da, i)[e], z, k.n.Leak, false)
		}
		k.n.AddGradient(g, k.image(dz, i), k.image(k.x, i))
	})
	k.n.FinishGradient(&k.batch)
	each(func(_, i int) { k.n.Gradient(k.image(gradient, i), k.image(dz, i), k.image(k.x, i)) })
	asmtest.SameBits(t, "activations", apart, a)
	asmtest.SameBits(t, "gradient", gradient, dx)
	asmtest.SameBits(t, "gradient of gamma", k.n.GammaGradient, n.GammaGradient)
	asmtest.SameBits(t, "gradient of beta", k.n.BetaGradient, n.BetaGradient)
}

// TestUnitEnd holds that the end of a unit, and its gradient, come to the bits of norms, a sum and
// an activation one after the other: with a norm on the shortcut and without, in a halo too.
func TestUnitEnd(t *testing.T) {
	const height, width, channels = 3, 5, 48
	r := rand.New(rand.NewPCG(9, 10))
	random := func(n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = float32(r.NormFloat64())
		}
		return s
	}
	n, of := testNorm(r, height, width, channels), testNorm(r, height, width, channels)
	n.Edge = f32.LeakAtZero
	for _, norm := range []*Norm{n, of} {
		norm.Finish(&Batch{N: 1}) // by the moving averages
	}
	size := height * width * channels
	x, e, da, add := random(size), random(size), random(size), random(size)
	z, shortcut, a, inHalo := nans(size), nans(size), nans(size), make([]float32, (height+2)*(width+2)*channels)
	n.Normalize(z, x)
	of.Normalize(shortcut, e)
	for _, c := range []struct {
		of *Norm
		e  []float32
	}{{nil, e}, {of, shortcut}} {
		want, wantHalo, wantDZ := nans(size), make([]float32, len(inHalo)), nans(size)
		for i := range want {
			want[i] = activation(z[i]+c.e[i], n.Leak)
			wantDZ[i] = activationGradient(da[i]+add[i], want[i], n.Leak, true)
		}
		PutInHalo(wantHalo, want, height, width, channels, 1)
		n.ActivateSum(a, inHalo, x, e, c.of, Streamed)
		asmtest.SameBits(t, "activation", a, want)
		asmtest.SameBits(t, "in a halo", inHalo, wantHalo)

		dz, sums := nans(size), n.Sums.group(0)
		n.Sums.clear()
		n.AddGradient(0, wantDZ, x)
		first, second := slices.Clone(sums.first), slices.Clone(sums.second)
		n.Sums.clear()
		n.ActivateSumGradient(0, dz, da, add, a, x, Cached)
		asmtest.SameBits(t, "gradient", dz, wantDZ)
		if !slices.Equal(sums.first, first) || !slices.Equal(sums.second, second) {
			t.Error("got other sums than those of the gradient")
		}
	}
}
