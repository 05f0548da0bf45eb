package f32

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

func maxPoolOf(n []int) *MaxPool {
	return &MaxPool{
		Kernel: n[0], Stride: n[1], Top: n[2], Left: n[3], Height: n[4], Width: n[5], OutHeight: n[6], OutWidth: n[7], Channels: n[8],
	}
}

var maxPoolCalls = []call{
	{
		"MaxPool.Max",
		[]int{3, 2, 1, 1, 5, 6, 3, 3, 16, 1, 3},
		nil,
		[]int{3 * 3 * 16, 3 * 3 * 16, 5 * 6 * 16},
		func(n []int, s [][]float32) { maxPoolOf(n).Max(s[0], s[1], s[2], n[9], n[10]) },
	},
	{
		"MaxPool.Gradient",
		[]int{3, 2, 1, 1, 5, 6, 3, 3, 16},
		nil,
		[]int{5 * 6 * 16, 3 * 3 * 16, 3 * 3 * 16},
		func(n []int, s [][]float32) { maxPoolOf(n).Gradient(s[0], s[1], s[2]) },
	},
}

// special are values that max instructions order differently, and such as are often equal.
var special = []float32{
	0, float32(math.Copysign(0, -1)), 1, 1, 2, -1,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
}

// drawMaxPool draws a geometry: often PyTorch's or TensorFlow's 3×3 of stride 2, or any other.
func drawMaxPool(t *rapid.T) *MaxPool {
	p := &MaxPool{Kernel: 3, Stride: 2}
	p.Channels, _ = drawPixels(t)
	p.Height, p.Width = rapid.IntRange(1, 9).Draw(t, "height"), rapid.IntRange(1, 9).Draw(t, "width")
	p.Top, p.Left = rapid.IntRange(0, 1).Draw(t, "top"), rapid.IntRange(0, 1).Draw(t, "left")
	p.OutHeight, p.OutWidth = (p.Height+1)/2, (p.Width+1)/2
	if rapid.Bool().Draw(t, "any") {
		p.Kernel, p.Stride = rapid.IntRange(1, 5).Draw(t, "kernel"), rapid.IntRange(1, 4).Draw(t, "stride")
		p.Top, p.Left = rapid.IntRange(0, p.Kernel-1).Draw(t, "top"), rapid.IntRange(0, p.Kernel-1).Draw(t, "left")
		p.OutHeight = rapid.IntRange(1, (p.Height+p.Top-1)/p.Stride+1).Draw(t, "out height")
		p.OutWidth = rapid.IntRange(1, (p.Width+p.Left-1)/p.Stride+1).Draw(t, "out width")
	}
	return p
}

// maxPoolBits compares every level with the definition, and that with a scatter of the gradient to
// the maxima, whose sums are exact.
func maxPoolBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	p := drawMaxPool(t)
	x := normal(r, p.Height*p.Width*p.Channels)
	if rapid.Bool().Draw(t, "special values") {
		for i := range x {
			x[i] = special[r.IntN(len(special))]
		}
	}
	n := p.OutHeight * p.OutWidth * p.Channels
	row := p.OutWidth * p.Channels
	first := rapid.IntRange(0, p.OutHeight).Draw(t, "first")
	end := rapid.IntRange(first, p.OutHeight).Draw(t, "end")

	y, taps := asmtest.NaNs(make([]float32, n)), asmtest.NaNs(make([]float32, n))
	p.maxGeneric(y, taps, x, 0, p.OutHeight)
	got, gotTaps := g.Copy(t, asmtest.NaNs(make([]float32, n))), g.Copy(t, asmtest.NaNs(make([]float32, n)))
	p.Max(got, gotTaps, g.Copy(t, x), 0, p.OutHeight)
	asmtest.SameBits(t, "y", got, y)
	asmtest.SameBits(t, "taps", gotTaps, taps)
	some := g.Copy(t, asmtest.NaNs(make([]float32, n)))
	p.Max(some, nil, g.Copy(t, x), first, end)
	asmtest.SameBits(t, "rows of y", some[first*row:end*row], y[first*row:end*row])
	asmtest.SameBits(t, "rows before", some[:first*row], asmtest.NaNs(make([]float32, first*row)))
	asmtest.SameBits(t, "rows behind", some[end*row:], asmtest.NaNs(make([]float32, n-end*row)))

	dy := normal(r, n)
	dx := asmtest.NaNs(make([]float32, len(x)))
	p.maxGradientGeneric(dx, dy, taps)
	gotDX := g.Copy(t, asmtest.NaNs(make([]float32, len(x))))
	p.Gradient(gotDX, g.Copy(t, dy), g.Copy(t, taps))
	asmtest.SameBits(t, "dx", gotDX, dx)

	dy = lattice(r, n)
	scattered := make([]float32, len(x))
	for i, tap := range taps {
		h := i/row*p.Stride - p.Top + int(tap)/p.Kernel
		w := i/p.Channels%p.OutWidth*p.Stride - p.Left + int(tap)%p.Kernel
		scattered[(h*p.Width+w)*p.Channels+i%p.Channels] += dy[i]
	}
	p.Gradient(dx, dy, taps)
	asmtest.SameBits(t, "scattered dx", dx, scattered)
}

// TestMaxPoolTies holds which of equal values counts, on every level: the first in raster order, of
// +0 and -0 too. NaN is passed over, and a window without a value has -Inf and its first pixel.
func TestMaxPoolTies(t *testing.T) {
	const channels = 16
	zero, inf, nan := float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.NaN())
	for _, test := range []struct {
		name   string
		x      [4]float32 // 2×2, in a 3×3 window that begins a pixel before it
		max    float32
		tap    float32
		inside int // the pixel of x with that tap
	}{
		{"all equal", [4]float32{1, 1, 1, 1}, 1, 4, 0},
		{"equal in a later row", [4]float32{0, 1, 1, 1}, 1, 5, 1},
		{"-0 first", [4]float32{zero, 0, 0, 0}, zero, 4, 0},
		{"+0 first", [4]float32{-1, 0, zero, zero}, 0, 5, 1},
		{"NaN first", [4]float32{nan, 1, 2, nan}, 2, 7, 2},
		{"NaN last", [4]float32{3, 1, 2, nan}, 3, 4, 0},
		{"+Inf", [4]float32{1, inf, inf, 1}, inf, 5, 1},
		{"-Inf alone", [4]float32{-inf, -inf, -inf, -inf}, -inf, 4, 0},
		{"NaN alone", [4]float32{nan, nan, nan, nan}, -inf, 4, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			asmtest.EachLevel(t, func(t *testing.T) {
				p := &MaxPool{Kernel: 3, Stride: 2, Top: 1, Left: 1, Height: 2, Width: 2, OutHeight: 1, OutWidth: 1, Channels: channels}
				of := func(values ...float32) (all []float32) {
					for _, v := range values {
						for range channels {
							all = append(all, v)
						}
					}
					return all
				}
				y, taps, dx := of(nan), of(nan), of(nan, nan, nan, nan)
				p.Max(y, taps, of(test.x[:]...), 0, 1)
				asmtest.SameBits(t, "y", y, of(test.max))
				asmtest.SameBits(t, "taps", taps, of(test.tap))
				p.Gradient(dx, of(7), taps)
				var want [4]float32
				want[test.inside] = 7
				asmtest.SameBits(t, "dx", dx, of(want[:]...))
			})
		})
	}
}

// TestMaxPoolOrder holds that a pixel's gradient is summed in raster order of its windows, from +0.
func TestMaxPoolOrder(t *testing.T) {
	asmtest.EachLevel(t, func(t *testing.T) {
		p := &MaxPool{Kernel: 3, Stride: 2, Top: 1, Left: 1, Height: 3, Width: 3, OutHeight: 2, OutWidth: 2, Channels: 8}
		x, y, taps := make([]float32, 9*8), make([]float32, 4*8), make([]float32, 4*8)
		for c := range 8 {
			x[4*8+c] = 1 // the middle, which all windows have
		}
		p.Max(y, taps, x, 0, 2)
		dy := make([]float32, 4*8)
		for i := range dy {
			dy[i] = [4]float32{1 << 24, 1, 1, -1 << 24}[i/8]
		}
		dx := make([]float32, 9*8)
		p.Gradient(dx, dy, taps)
		want := make([]float32, 9*8) // with the ones first it is 2
		asmtest.SameBits(t, "dx", dx, want)
	})
}
