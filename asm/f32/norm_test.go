package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

// drawPixels draws a number of channels, more often one that is a multiple of a register's, and of pixels.
func drawPixels(t *rapid.T) (channels, pixels int) {
	channels = rapid.OneOf(rapid.SampledFrom([]int{8, 16, 24, 32, 40, 48, 64, 112, 160}), rapid.IntRange(1, 20)).Draw(t, "channels")
	return channels, rapid.IntRange(1, 20).Draw(t, "pixels")
}

// TestActivateBits compares every level with the definition, into rows with gaps and without.
func TestActivateBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, cols := drawPixels(t)
		rows, gap := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(0, 40).Draw(t, "gap")
		row := cols * channels
		src := g.Copy(t, normal(r, rows*row))
		mean, scale, beta := g.Copy(t, normal(r, channels)), g.Copy(t, normal(r, channels)), g.Copy(t, normal(r, channels))
		length := (rows-1)*(row+gap) + row
		got, want := asmtest.NaNs(g.Floats(t, length)), asmtest.NaNs(make([]float32, length))
		Activate(got, row+gap, src, rows, mean, scale, beta, 0.1)
		activateGeneric(want, row+gap, src, rows, mean, scale, beta, 0.1)
		asmtest.SameBits(t, "dst", got, want)
	})
}

// TestMomentsBits compares every level with the definition.
func TestMomentsBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, pixels := drawPixels(t)
		x := g.Copy(t, normal(r, channels*pixels))
		sum, square := asmtest.NaNs(g.Floats(t, channels)), asmtest.NaNs(g.Floats(t, channels))
		wantSum, wantSquare := make([]float32, channels), make([]float32, channels)
		Moments(x, sum, square)
		momentsGeneric(x, wantSum, wantSquare)
		asmtest.SameBits(t, "sum", sum, wantSum)
		asmtest.SameBits(t, "square", square, wantSquare)
		ChannelSum(sum, x)
		channelSumGeneric(wantSum, x)
		asmtest.SameBits(t, "channel sum", sum, wantSum)
	})
}

// TestActivateGradientBits compares every level with the definition, in place and not, with some z of exactly 0.
func TestActivateGradientBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, pixels := drawPixels(t)
		n := channels * pixels
		mean, scale, beta := normal(r, channels), normal(r, channels), normal(r, channels)
		x := normal(r, n)
		for i := 0; i < n; i += 3 {
			x[i] = mean[i%channels]
		}
		for c := 0; c < channels; c += 2 {
			beta[c] = float32(math.Copysign(0, float64(r.IntN(2)-1)))
		}
		da := normal(r, n)
		want, wantSum, wantDot := make([]float32, n), make([]float32, channels), make([]float32, channels)
		activateGradientGeneric(want, da, x, mean, scale, beta, 0.1, wantSum, wantDot)

		in := g.Copy(t, da)
		got := in
		if rapid.Bool().Draw(t, "apart") {
			got = asmtest.NaNs(g.Floats(t, n))
		}
		sum, dot := asmtest.NaNs(g.Floats(t, channels)), asmtest.NaNs(g.Floats(t, channels))
		ActivateGradient(got, in, g.Copy(t, x), g.Copy(t, mean), g.Copy(t, scale), g.Copy(t, beta), 0.1, sum, dot, rapid.Bool().Draw(t, "stream"))
		asmtest.SameBits(t, "dz", got, want)
		asmtest.SameBits(t, "sum", sum, wantSum)
		asmtest.SameBits(t, "dot", dot, wantDot)
	})
}

// TestNormGradientBits compares every level with the definition: in place, apart, and with gaps between rows.
func TestNormGradientBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, pixels := drawPixels(t)
		rows, gap := 1, 0
		n := channels * pixels
		dz, x := normal(r, n), normal(r, n)
		mean, a, b, d := normal(r, channels), normal(r, channels), normal(r, channels), normal(r, channels)
		in := g.Copy(t, dz)
		got := in
		if rapid.Bool().Draw(t, "apart") {
			for rows = 5; pixels%rows != 0; rows-- {
			}
			gap = rapid.IntRange(0, 9).Draw(t, "gap")
			got = asmtest.NaNs(g.Floats(t, n+(rows-1)*gap))
		}
		want := append([]float32(nil), got...)
		normGradientGeneric(want, n/rows+gap, dz, x, rows, mean, a, b, d)
		NormGradient(got, n/rows+gap, in, g.Copy(t, x), rows, g.Copy(t, mean), g.Copy(t, a), g.Copy(t, b), g.Copy(t, d))
		asmtest.SameBits(t, "dx", got, want)
	})
}

// TestStoreMomentsBits compares with the kernels that it does the work of.
func TestStoreMomentsBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, pixels := drawPixels(t)
		n := channels * pixels
		src := normal(r, n)
		want := append([]float32(nil), src...)
		var add []float32
		if rapid.Bool().Draw(t, "add") {
			add = g.Copy(t, normal(r, n))
			addGeneric(want, src, add)
		}
		wantSum, wantSquare := make([]float32, channels), make([]float32, channels)
		momentsGeneric(want, wantSum, wantSquare)
		got, sum, square := asmtest.NaNs(g.Floats(t, n)), asmtest.NaNs(g.Floats(t, channels)), asmtest.NaNs(g.Floats(t, channels))
		StoreMoments(got, g.Copy(t, src), add, sum, square, rapid.Bool().Draw(t, "stream"))
		asmtest.SameBits(t, "dst", got, want)
		asmtest.SameBits(t, "sum", sum, wantSum)
		asmtest.SameBits(t, "square", square, wantSquare)
	})
}

// TestNormGradientSumBits compares with the kernels that it does the work of.
func TestNormGradientSumBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, pixels := drawPixels(t)
		rows := 5
		for ; pixels%rows != 0; rows-- {
		}
		n := channels * pixels
		pitch := n/rows + rapid.IntRange(0, 9).Draw(t, "gap")
		dz, x, e := normal(r, n), normal(r, n), normal(r, n)
		mean, a, b, d := normal(r, channels), normal(r, channels), normal(r, channels), normal(r, channels)
		want := make([]float32, n)
		normGradientGeneric(want, n, dz, x, 1, mean, a, b, d)
		addGeneric(want, want, e)
		got, halo := asmtest.NaNs(g.Floats(t, n)), asmtest.NaNs(g.Floats(t, (rows-1)*pitch+n/rows))
		wantHalo := append([]float32(nil), halo...)
		for row := range rows {
			copy(wantHalo[row*pitch:], want[row*n/rows:][:n/rows])
		}
		if rapid.Bool().Draw(t, "no halo") {
			halo, wantHalo = nil, nil
		}
		NormGradientSum(got, halo, pitch, g.Copy(t, dz), g.Copy(t, x), g.Copy(t, e), rows,
			g.Copy(t, mean), g.Copy(t, a), g.Copy(t, b), g.Copy(t, d), rapid.Bool().Draw(t, "stream"))
		asmtest.SameBits(t, "dx", got, want)
		asmtest.SameBits(t, "halo", halo, wantHalo)
	})
}

// TestPoolBits compares every level with the definition.
func TestPoolBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		in, _ := drawPixels(t)
		out := in + 2*rapid.IntRange(0, 9).Draw(t, "padding")
		stride := rapid.IntRange(1, 3).Draw(t, "stride")
		height, width := rapid.IntRange(1, 7).Draw(t, "height"), rapid.IntRange(1, 7).Draw(t, "width")
		large, small := normal(r, height*width*in), normal(r, (height/stride)*(width/stride)*out)
		p := pool{height, width, in, out, stride}

		want := append([]float32(nil), small...)
		if !p.empty() {
			p.addGeneric(want, large)
		}
		got := g.Copy(t, small)
		PoolAdd(got, g.Copy(t, large), height, width, in, out, stride)
		asmtest.SameBits(t, "y", got, want)

		want = append([]float32(nil), large...)
		if !p.empty() {
			p.gradientAddGeneric(want, small)
		}
		got = g.Copy(t, large)
		PoolGradientAdd(got, g.Copy(t, small), height, width, in, out, stride)
		asmtest.SameBits(t, "dx", got, want)
	})
}

// TestPoolLattice holds an average and its transpose on numbers that one can check by hand.
func TestPoolLattice(t *testing.T) {
	x := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9} // 3×3: the last row and column are outside the windows
	y := []float32{10, 20, 30}
	PoolAdd(y, x, 3, 3, 1, 3, 2)
	asmtest.SameBits(t, "y", y, []float32{10, 23, 30})
	PoolGradientAdd(x, []float32{100, 8, 100}, 3, 3, 1, 3, 2)
	asmtest.SameBits(t, "dx", x, []float32{3, 4, 3, 6, 7, 6, 7, 8, 9})
}

// TestElementwiseBits compares every level with the definition, for any length.
func TestElementwiseBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		n := rapid.OneOf(rapid.IntRange(0, 40), rapid.Just(2*chunkForTest+13)).Draw(t, "n")
		a, b, c := normal(r, n), normal(r, n), normal(r, n)
		clone := func(s []float32) []float32 { return append([]float32(nil), s...) }
		ga, gb, gc := g.Copy(t, a), g.Copy(t, b), g.Copy(t, c)

		want, got := make([]float32, n), asmtest.NaNs(g.Floats(t, n))
		addGeneric(want, a, b)
		Add(got, ga, gb)
		asmtest.SameBits(t, "a + b", got, want)

		wantA := clone(a)
		addScaledGeneric(wantA, b, 0.3)
		AddScaled(ga, gb, 0.3)
		asmtest.SameBits(t, "a + 0.3 b", ga, wantA)

		wantA, wantB := clone(a), clone(b)
		copy(ga, a)
		momentumStepGeneric(wantA, wantB, c, 0.1, 0.9)
		Momentum(ga, gb, gc, 0.1, 0.9)
		asmtest.SameBits(t, "variables", ga, wantA)
		asmtest.SameBits(t, "momentum", gb, wantB)

		copy(ga, a)
		wantA = clone(a)
		addScaledGeneric(wantA, c, -0.1)
		SGD(ga, gc, 0.1)
		asmtest.SameBits(t, "gradient descent", ga, wantA)

		var chains [8]float64
		sumSquaresGeneric(&chains, c)
		wantSum := ((chains[0] + chains[4]) + (chains[2] + chains[6])) + ((chains[1] + chains[5]) + (chains[3] + chains[7]))
		if got := SumSquares(gc); got != wantSum {
			t.Fatalf("Σ x²: got %g, want %g", got, wantSum)
		}
	})
}

// chunkForTest is the amd64 version's chunk, which a test has to cross.
const chunkForTest = 1 << 14

// TestBroadcast holds it for any number of channels.
func TestBroadcast(t *testing.T) {
	dst := asmtest.NaNs(make([]float32, 6))
	Broadcast(dst, []float32{1, 2, 3})
	asmtest.SameBits(t, "dst", dst, []float32{1, 2, 3, 1, 2, 3})
}

// TestSumActivateBits compares every level with the definition: with and without a sum kept and a value added, in place, in rows
// with gaps, of some or all channels, and of values whose sum or activation is −0.
func TestSumActivateBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		channels, cols := drawPixels(t)
		rows, step := rapid.IntRange(1, 4).Draw(t, "rows"), channels+rapid.SampledFrom([]int{0, 0, 1, 16, 32}).Draw(t, "other channels")
		srcPitch, actPitch := cols*channels+rapid.IntRange(0, 20).Draw(t, "source's gap"), cols*step+rapid.IntRange(0, 20).Draw(t, "gap")
		whole := (rows*cols-1)*step + channels
		src := normal(r, (rows-1)*srcPitch+cols*channels)
		for i := 0; i < len(src); i += 5 {
			src[i] = float32(math.Copysign(0, -1))
		}
		scale, shift := normal(r, channels), normal(r, channels)
		shift[0] = 0
		var add, sum, wantSum []float32
		if rapid.Bool().Draw(t, "add") {
			add = g.Copy(t, normal(r, whole))
		}
		switch rapid.IntRange(0, 2).Draw(t, "sum") {
		case 1:
			sum = asmtest.NaNs(g.Floats(t, whole))
		case 2:
			sum = add
		}
		if sum != nil {
			wantSum = append(wantSum, sum...)
		}
		want := asmtest.NaNs(make([]float32, (rows-1)*actPitch+(cols-1)*step+channels))
		sumActivateGeneric(wantSum, want, actPitch, src, srcPitch, add, rows, cols, step, scale, shift, 0.1)
		got := asmtest.NaNs(g.Floats(t, len(want)))
		SumActivate(sum, got, actPitch, g.Copy(t, src), srcPitch, add, rows, cols, step, g.Copy(t, scale), g.Copy(t, shift), 0.1)
		asmtest.SameBits(t, "act", got, want)
		asmtest.SameBits(t, "sum", sum, wantSum)
	})
}
