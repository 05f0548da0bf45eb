package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// convCase is a convolution with everything that its three passes read.
type convCase struct {
	c          *Conv
	x, w, dy   []float32 // x without halo
	haloed     []float32
	pad        [2]int // top, left
	forward    []float32
	backward   []float32
	groupStart []float32 // what BackwardWeights goes on from
}

// drawConv draws a geometry and fills the operands by value().
func drawConv(t *rapid.T, value func() float32) *convCase {
	kernel := rapid.SampledFrom([]int{1, 3}).Draw(t, "kernel")
	stride := rapid.IntRange(1, 3).Draw(t, "stride")
	height, width := rapid.IntRange(1, 9).Draw(t, "height"), rapid.IntRange(1, 9).Draw(t, "width")
	channels := rapid.SampledFrom([]int{1, 3, 5, 8, 16, 24, 33})
	return newConvCase(NewConv(kernel, stride, height, width, channels.Draw(t, "in"), channels.Draw(t, "out")), value)
}

func newConvCase(c *Conv, value func() float32) *convCase {
	fill := func(n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = value()
		}
		return s
	}
	k := &convCase{
		c: c, x: fill(c.InHeight * c.InWidth * c.In), w: fill(c.Kernel * c.Kernel * c.In * c.Out),
		dy: fill(c.OutHeight * c.OutWidth * c.Out), groupStart: fill(c.Kernel * c.Kernel * c.In * c.Out),
	}
	// TensorFlow's SAME padding, from its definition.
	before := func(size int) int {
		out := (size + c.Stride - 1) / c.Stride
		return max((out-1)*c.Stride+c.Kernel-size, 0) / 2
	}
	k.pad = [2]int{before(c.InHeight), before(c.InWidth)}
	k.haloed = k.x
	if c.Kernel == 3 {
		k.haloed = make([]float32, (c.InHeight+2)*(c.InWidth+2)*c.In)
		PutInHalo(k.haloed, k.x, c.InHeight, c.InWidth, c.In)
	}
	taps := c.Kernel * c.Kernel
	k.forward = make([]float32, blocks(c.Out)*16*taps*c.In)
	k.backward = make([]float32, blocks(c.In)*16*taps*c.Out)
	for part := range 3 {
		c.PackForward(k.forward, k.w, par.Part{Index: part, Of: 3})
		c.PackBackward(k.backward, k.w, par.Part{Index: part, Of: 3})
	}
	return k
}

// in returns the input row or column that output position o reads through tap.
func (k *convCase) in(axis, o, tap int) (int, bool) {
	size := [2]int{k.c.InHeight, k.c.InWidth}[axis]
	i := o*k.c.Stride - k.pad[axis] + tap
	return i, i >= 0 && i < size
}

// eachTap calls f for every product of the convolution: indices into y's pixels, x's pixels and w's taps,
// in the order of y's pixels and, within one, of the taps.
func (k *convCase) eachTap(f func(y, x, tap int)) {
	c := k.c
	for oh := range c.OutHeight {
		for ow := range c.OutWidth {
			for kh := range c.Kernel {
				for kw := range c.Kernel {
					ih, okH := k.in(0, oh, kh)
					iw, okW := k.in(1, ow, kw)
					if okH && okW {
						f(oh*c.OutWidth+ow, ih*c.InWidth+iw, kh*c.Kernel+kw)
					}
				}
			}
		}
	}
}

// wantForward, wantData and wantWeights are the documented chains, written down once more.
func (k *convCase) wantForward() []float32 {
	y := make([]float32, len(k.dy))
	k.eachTap(func(py, px, tap int) {
		for i := range k.c.In {
			for o := range k.c.Out {
				y[py*k.c.Out+o] = f32.FMA(k.x[px*k.c.In+i], k.w[(tap*k.c.In+i)*k.c.Out+o], y[py*k.c.Out+o])
			}
		}
	})
	return y
}

func (k *convCase) wantData() []float32 {
	dx := make([]float32, len(k.x))
	k.eachTap(func(py, px, tap int) {
		for o := range k.c.Out {
			for i := range k.c.In {
				dx[px*k.c.In+i] = f32.FMA(k.dy[py*k.c.Out+o], k.w[(tap*k.c.In+i)*k.c.Out+o], dx[px*k.c.In+i])
			}
		}
	})
	return dx
}

func (k *convCase) wantWeights() []float32 {
	dw := append([]float32(nil), k.groupStart...)
	c := k.c
	for oh := range c.OutHeight {
		for ow := range c.OutWidth {
			for tap := range c.Kernel * c.Kernel {
				ih, okH := k.in(0, oh, tap/c.Kernel)
				iw, okW := k.in(1, ow, tap%c.Kernel)
				if !okH && !(c.Kernel == 3 && 3*((3*c.In+5)/6) > (9*c.In+5)/6) {
					continue
				}
				for i := range c.In {
					x := float32(0) // outside the image
					if okH && okW {
						x = k.x[(ih*c.InWidth+iw)*c.In+i]
					}
					for o := range c.Out {
						at := (tap*c.In+i)*c.Out + o
						dw[at] = f32.FMA(x, k.dy[(oh*c.OutWidth+ow)*c.Out+o], dw[at])
					}
				}
			}
		}
	}
	return dw
}

// nans returns n values that a kernel has to overwrite.
func nans(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(math.NaN())
	}
	return s
}

func sameBits(t interface{ Fatalf(string, ...any) }, what string, got, want []float32) {
	if len(got) != len(want) {
		t.Fatalf("%s: got %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s[%d]: got %g, want %g", what, i, got[i], want[i])
		}
	}
}

// TestConvBits compares the three passes with their documented order of additions, bit for bit.
func TestConvBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		k := drawConv(t, func() float32 { return float32(r.NormFloat64()) })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		k.c.Forward(y, k.haloed, k.forward)
		sameBits(t, "y", y, k.wantForward())
		k.c.BackwardData(dx, k.dy, k.backward)
		sameBits(t, "dx", dx, k.wantData())
		dw := append([]float32(nil), k.groupStart...)
		k.c.BackwardWeights(dw, k.haloed, k.dy)
		sameBits(t, "dw", dw, k.wantWeights())
	})
}

// TestConvOddStride holds the asymmetric padding of TensorFlow's SAME: one row after, none before.
func TestConvOddStride(t *testing.T) {
	c := NewConv(3, 2, 4, 4, 1, 1)
	k := newConvCase(c, func() float32 { return 1 })
	y := nans(len(k.dy))
	c.Forward(y, k.haloed, k.forward)
	sameBits(t, "y", y, []float32{9, 6, 6, 4})
}

// TestTapOrder holds that taps which one input position is reached through stand side by side.
func TestTapOrder(t *testing.T) {
	for _, test := range []struct {
		stride int
		want   [3]int
	}{{1, [3]int{2, 1, 0}}, {2, [3]int{1, 2, 0}}, {3, [3]int{0, 1, 2}}} {
		if got := [3]int(NewConv(3, test.stride, 5, 5, 1, 1).order); got != test.want {
			t.Errorf("stride %d: got places %v, want %v", test.stride, got, test.want)
		}
	}
}
