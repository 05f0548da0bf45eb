package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// testNorm returns a norm of the given size with random variables.
func testNorm(r *rand.Rand, height, width, channels int) *Norm {
	floats := func(scale, offset float64) []float32 {
		s := make([]float32, channels)
		for i := range s {
			s[i] = float32(r.NormFloat64()*scale + offset)
		}
		return s
	}
	n := 2 * abi.Groups * channels
	return &Norm{
		Gamma: floats(0.5, 1), Beta: floats(0.5, 0), MovingMean: floats(1, 0), MovingVariance: floats(0.1, 1),
		GammaGradient: nans(channels), BetaGradient: nans(channels),
		Coefficients: NewCoefficients(nans(abi.NormCoefficients*channels), channels),
		Epsilon:      0.001, BNDecay: 0.9, Leak: 0.1,
		Sums: NewSums(make([]float64, n), make([]float32, abi.PixelSums*abi.Groups*channels), channels), Height: height, Width: width,
	}
}

// normCase is a batch through a norm, and what float64 says of it.
type normCase struct {
	n     *Norm
	batch Batch
	x, da []float32
}

func (k *normCase) size() int { return k.n.pixels() * len(k.n.Gamma) }

func (k *normCase) image(s []float32, i int) []float32 { return s[i*k.size():][:k.size()] }

// run does what a network's phases do, with the images of each group in order.
func (k *normCase) run() (a, dx []float32) {
	a, dx = nans(len(k.x)), nans(len(k.x))
	each := func(f func(g, i int)) {
		for g := range abi.Groups {
			r := GroupImages(k.batch.N, g)
			for i := r.First; i < r.End; i++ {
				f(g, i)
			}
		}
	}
	each(func(g, i int) { k.n.AddMoments(g, k.image(k.x, i)) })
	k.n.Finish(&k.batch)
	each(func(_, i int) { k.n.Activate(k.image(a, i), k.image(k.x, i)) })
	each(func(g, i int) { k.n.ActivateGradient(g, k.image(dx, i), k.image(k.da, i), k.image(k.x, i), Cached) })
	k.n.FinishGradient(&k.batch)
	each(func(_, i int) { k.n.Gradient(k.image(dx, i), k.image(dx, i), k.image(k.x, i)) })
	return a, dx
}

// want computes channel c's results in float64 from the equations of Ioffe and Szegedy.
func (k *normCase) want(c int) (a, dx []float64, mean, variance, dgamma, dbeta float64) {
	channels := len(k.n.Gamma)
	count := len(k.x) / channels
	at := func(s []float32, p int) float64 { return float64(s[p*channels+c]) }
	for p := range count {
		mean += at(k.x, p) / float64(count)
	}
	for p := range count {
		variance += (at(k.x, p) - mean) * (at(k.x, p) - mean) / float64(count)
	}
	r := 1 / math.Sqrt(variance+k.n.Epsilon)
	gamma, beta, leak := float64(k.n.Gamma[c]), float64(k.n.Beta[c]), float64(k.n.Leak)
	dz := make([]float64, count)
	for p := range count {
		z := gamma*(at(k.x, p)-mean)*r + beta
		slope := 1.0
		if z < 0 {
			slope = leak
		}
		a = append(a, z*slope)
		dz[p] = at(k.da, p) * slope
		dbeta += dz[p]
		dgamma += dz[p] * (at(k.x, p) - mean) * r
	}
	for p := range count {
		xhat := (at(k.x, p) - mean) * r
		dx = append(dx, gamma*r*(dz[p]-dbeta/float64(count)-xhat*dgamma/float64(count)))
	}
	return a, dx, mean, variance, dgamma, dbeta
}

// TestNorm compares a batch with float64. The bound is that of the float32 chains over one image,
// of which a batch's sums are the sum in float64: pixels/2 additions, each within half an ulp.
func TestNorm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []struct{ images, height, width, channels int }{
		{1, 1, 2, 1}, {2, 3, 3, 5}, {5, 7, 7, 16}, {17, 4, 5, 8}, {40, 8, 8, 24},
	} {
		k := &normCase{n: testNorm(r, size.height, size.width, size.channels), batch: Batch{N: size.images, Training: true}}
		n := size.images * k.size()
		for range n {
			k.x = append(k.x, float32(r.NormFloat64()*3+20))
			k.da = append(k.da, float32(r.NormFloat64()))
		}
		before := append([]float32(nil), k.n.MovingVariance...)
		a, dx := k.run()
		bound := float64(k.n.pixels()+8) * 0x1p-24
		near := func(what string, got float32, want, scale float64) {
			t.Helper()
			if d := math.Abs(float64(got) - want); !(d <= bound*scale) {
				t.Fatalf("%+v: %s: got %g, want %g within %g", size, what, got, want, bound*scale)
			}
		}
		for c := range size.channels {
			wantA, wantDX, _, variance, dgamma, dbeta := k.want(c)
			for p := range wantA {
				near("a", a[p*size.channels+c], wantA[p], 40) // x−mean cancels values near 20
				near("dx", dx[p*size.channels+c], wantDX[p], 100)
			}
			near("dgamma", k.n.GammaGradient[c], dgamma, 20*float64(len(wantA)))
			near("dbeta", k.n.BetaGradient[c], dbeta, float64(len(wantA)))
			near("moving variance", k.n.MovingVariance[c], 0.9*float64(before[c])+0.1*variance, 40)
		}
	}
}

// TestNormEvaluation holds that evaluation uses the moving averages and changes none.
func TestNormEvaluation(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	n := testNorm(r, 1, 1, 4)
	mean, variance := append([]float32(nil), n.MovingMean...), append([]float32(nil), n.MovingVariance...)
	n.Finish(&Batch{N: 3})
	x, a := []float32{1, 2, 3, 4}, nans(4)
	n.Activate(a, x)
	for c := range a {
		z := (float64(x[c])-float64(mean[c]))/math.Sqrt(float64(variance[c])+n.Epsilon)*float64(n.Gamma[c]) + float64(n.Beta[c])
		if z < 0 {
			z *= float64(n.Leak)
		}
		if d := math.Abs(float64(a[c]) - z); d > 4*0x1p-24*(math.Abs(z)+4) {
			t.Errorf("channel %d: got %g, want %g", c, a[c], z)
		}
	}
	asmtest.SameBits(t, "moving mean", n.MovingMean, mean)
	asmtest.SameBits(t, "moving variance", n.MovingVariance, variance)
}
