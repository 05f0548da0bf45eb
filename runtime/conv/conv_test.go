package conv

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// convCase is a convolution with everything that its three passes read.
type convCase struct {
	s          Shape
	outputs    [2]int    // rows, columns
	x, w, dy   []float32 // x without halo
	haloed     []float32
	forward    []float32
	backward   []float32
	groupStart []float32 // what BackwardWeights goes on from
}

// drawConv draws a shape, with TensorFlow's padding or any other, and fills the operands by
// value().
func drawConv(t *rapid.T, value func() float32) *convCase {
	kernel := rapid.SampledFrom([]int{1, 3, 5, 7}).Draw(t, "kernel")
	stride := rapid.IntRange(1, 3).Draw(t, "stride")
	height, width := rapid.IntRange(1, 9).Draw(t, "height"), rapid.IntRange(1, 9).Draw(t, "width")
	channels := rapid.SampledFrom([]int{1, 3, 5, 8, 16, 24, 33})
	s := SameShape(kernel, stride, height, width, channels.Draw(t, "in"), channels.Draw(t, "out"))
	if rapid.Bool().Draw(t, "other padding") {
		pixels := rapid.IntRange(0, kernel/2)
		s.Padding = Padding{pixels.Draw(t, "top"), pixels.Draw(t, "bottom"), pixels.Draw(t, "left"), pixels.Draw(t, "right")}
		s.Height = max(height, kernel-s.Padding.Top-s.Padding.Bottom)
		s.Width = max(width, kernel-s.Padding.Left-s.Padding.Right)
	}
	return newConvCase(s, value)
}

func newConvCase(s Shape, value func() float32) *convCase {
	fill := func(n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = value()
		}
		return s
	}
	// From the definition: the windows that lie inside the padded image.
	outputs := func(size int) (n int) {
		for first := 0; first+s.Kernel <= size; first += s.Stride {
			n++
		}
		return n
	}
	k := &convCase{s: s, outputs: [2]int{outputs(s.Height + s.Padding.Top + s.Padding.Bottom), outputs(s.Width + s.Padding.Left + s.Padding.Right)}}
	taps := s.Kernel * s.Kernel
	k.x, k.w = fill(s.Height*s.Width*s.In), fill(taps*s.In*s.Out)
	k.dy, k.groupStart = fill(k.outputs[0]*k.outputs[1]*s.Out), fill(taps*s.In*s.Out)
	in := s.Input()
	k.haloed = make([]float32, in.Len())
	in.Put(k.haloed, k.x)
	f, b := NewForward(s, par.Range{}), NewBackwardData(s)
	k.forward, k.backward = nans(f.PackedLen()), nans(b.PackedLen())
	for part := range 3 {
		f.Pack(k.forward, k.w, par.Part{Index: part, Of: 3})
		b.Pack(k.backward, k.w, par.Part{Index: part, Of: 3})
	}
	return k
}

// in returns the input row or column that output position o reads through tap.
func (k *convCase) in(axis, o, tap int) (int, bool) {
	size := [2]int{k.s.Height, k.s.Width}[axis]
	i := o*k.s.Stride - [2]int{k.s.Padding.Top, k.s.Padding.Left}[axis] + tap
	return i, i >= 0 && i < size
}

// eachTap calls f for every product of the convolution: indices into y's pixels, x's pixels and w's
// taps, in the order of y's pixels and, within one, of the taps.
func (k *convCase) eachTap(f func(y, x, tap int)) {
	c := &k.s
	for oh := range k.outputs[0] {
		for ow := range k.outputs[1] {
			for kh := range c.Kernel {
				for kw := range c.Kernel {
					ih, okH := k.in(0, oh, kh)
					iw, okW := k.in(1, ow, kw)
					if okH && okW {
						f(oh*k.outputs[1]+ow, ih*c.Width+iw, kh*c.Kernel+kw)
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
		for i := range k.s.In {
			for o := range k.s.Out {
				y[py*k.s.Out+o] = f32.FMA(k.x[px*k.s.In+i], k.w[(tap*k.s.In+i)*k.s.Out+o], y[py*k.s.Out+o])
			}
		}
	})
	return y
}

func (k *convCase) wantData() []float32 {
	dx := make([]float32, len(k.x))
	k.eachTap(func(py, px, tap int) {
		for o := range k.s.Out {
			for i := range k.s.In {
				dx[px*k.s.In+i] = f32.FMA(k.dy[py*k.s.Out+o], k.w[(tap*k.s.In+i)*k.s.Out+o], dx[px*k.s.In+i])
			}
		}
	})
	return dx
}

func (k *convCase) wantWeights() []float32 {
	dw := append([]float32(nil), k.groupStart...)
	c := &k.s
	rows, all := (c.Kernel*c.In+5)/6, (c.Kernel*c.Kernel*c.In+5)/6 // tiles
	for oh := range k.outputs[0] {
		for ow := range k.outputs[1] {
			for tap := range c.Kernel * c.Kernel {
				ih, okH := k.in(0, oh, tap/c.Kernel)
				iw, okW := k.in(1, ow, tap%c.Kernel)
				if !okH && c.Kernel*rows <= all {
					continue
				}
				for i := range c.In {
					x := float32(0) // outside the image
					if okH && okW {
						x = k.x[(ih*c.Width+iw)*c.In+i]
					}
					for o := range c.Out {
						at := (tap*c.In+i)*c.Out + o
						dw[at] = f32.FMA(x, k.dy[(oh*k.outputs[1]+ow)*c.Out+o], dw[at])
					}
				}
			}
		}
	}
	return dw
}

// nans returns n values that a kernel has to overwrite.
func nans(n int) []float32 { return asmtest.NaNs(make([]float32, n)) }

// TestConvBits compares the three passes with their documented order of additions, bit for bit.
func TestConvBits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		k := drawConv(t, func() float32 { return float32(r.NormFloat64()) })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		NewForward(k.s, k.s.OutRows()).Compute(y, k.haloed, k.forward)
		asmtest.SameBits(t, "y", y, k.wantForward())
		NewBackwardData(k.s).Compute(dx, k.dy, k.backward)
		asmtest.SameBits(t, "dx", dx, k.wantData())
		dw := append([]float32(nil), k.groupStart...)
		NewBackwardWeights(k.s).Accumulate(dw, k.haloed, k.dy)
		asmtest.SameBits(t, "dw", dw, k.wantWeights())
	})
}

// TestForwardRows holds that some of the rows are computed as all are, and no others.
func TestForwardRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		k := drawConv(t, func() float32 { return float32(r.NormFloat64()) })
		y, parts := nans(len(k.dy)), rapid.IntRange(1, 5).Draw(t, "parts")
		for part := range parts {
			rows := par.Part{Index: part, Of: parts}.Range(k.outputs[0])
			row := k.outputs[1] * k.s.Out
			before := slices.Clone(y[rows.End*row:])
			NewForward(k.s, rows).Compute(y[rows.First*row:], k.haloed, k.forward)
			asmtest.SameBits(t, "rows behind", y[rows.End*row:], before)
		}
		asmtest.SameBits(t, "y", y, k.wantForward())
	})
}

// TestSame compares with TensorFlow's definition of SAME padding.
func TestSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kernel, stride := rapid.IntRange(1, 7).Draw(t, "kernel"), rapid.IntRange(1, 4).Draw(t, "stride")
		height, width := rapid.IntRange(1, 20).Draw(t, "height"), rapid.IntRange(1, 20).Draw(t, "width")
		s := SameShape(kernel, stride, height, width, 1, 1)
		for _, axis := range []struct{ size, outputs, before, after int }{
			{height, s.OutHeight(), s.Padding.Top, s.Padding.Bottom}, {width, s.OutWidth(), s.Padding.Left, s.Padding.Right},
		} {
			outputs := (axis.size + stride - 1) / stride
			total := max((outputs-1)*stride+kernel-axis.size, 0)
			if axis.outputs != outputs || axis.before != total/2 || axis.after != total-total/2 {
				t.Fatalf("got %+v, want %d outputs, padding of %d and %d", axis, outputs, total/2, total-total/2)
			}
		}
	})
}

// TestStem holds the sizes of a 7×7 convolution of stride 2 with PyTorch's padding of 3: ImageNet
// networks begin with it.
func TestStem(t *testing.T) {
	s := SymmetricShape(7, 2, 224, 224, 3, 64)
	s.check()
	if s.Padding != Symmetric(3) {
		t.Errorf("got padding of %+v, want 3 pixels a side", s.Padding)
	}
	if s.OutHeight() != 112 || s.OutWidth() != 112 {
		t.Errorf("got an output of %d×%d, want 112×112", s.OutHeight(), s.OutWidth())
	}
}

// TestShapePanics holds that there is no convolution of a shape that makes no sense.
func TestShapePanics(t *testing.T) {
	valid := SameShape(3, 1, 4, 4, 1, 1)
	for name, change := range map[string]func(s *Shape){
		"kernel":           func(s *Shape) { s.Kernel = 0 },
		"stride":           func(s *Shape) { s.Stride = 0 },
		"width":            func(s *Shape) { s.Width = -1 },
		"channels":         func(s *Shape) { s.Out = 0 },
		"negative padding": func(s *Shape) { s.Padding.Left = -1 },
		"padding":          func(s *Shape) { s.Padding.Bottom = 2 },
		"large kernel":     func(s *Shape) { s.Height, s.Padding = 2, Symmetric(0) },
	} {
		s := valid
		change(&s)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: got %+v accepted, want a panic", name, s)
				}
			}()
			NewBackwardWeights(s)
		}()
	}
}

// TestSymmetricShapePanics holds that an even kernel has no such padding.
func TestSymmetricShapePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got a kernel of 4×4 accepted, want a panic")
		}
	}()
	SymmetricShape(4, 1, 8, 8, 1, 1)
}

// TestConvSymmetricStride holds PyTorch's padding at an even size: one row before, none after.
func TestConvSymmetricStride(t *testing.T) {
	k := newConvCase(SymmetricShape(3, 2, 4, 4, 1, 1), func() float32 { return 1 })
	y := nans(len(k.dy))
	NewForward(k.s, k.s.OutRows()).Compute(y, k.haloed, k.forward)
	asmtest.SameBits(t, "y", y, []float32{4, 6, 6, 9})
}

// TestConvOddStride holds the asymmetric padding of TensorFlow's SAME: one row after, none before.
func TestConvOddStride(t *testing.T) {
	k := newConvCase(SameShape(3, 2, 4, 4, 1, 1), func() float32 { return 1 })
	y := nans(len(k.dy))
	NewForward(k.s, k.s.OutRows()).Compute(y, k.haloed, k.forward)
	asmtest.SameBits(t, "y", y, []float32{9, 6, 6, 4})
}

// TestTapOrder holds that taps which one input position is reached through stand side by side.
func TestTapOrder(t *testing.T) {
	for _, test := range []struct {
		stride int
		want   [3]int
	}{{1, [3]int{2, 1, 0}}, {2, [3]int{1, 2, 0}}, {3, [3]int{0, 1, 2}}} {
		if got := [3]int(NewBackwardData(SameShape(3, test.stride, 5, 5, 1, 1)).order); got != test.want {
			t.Errorf("stride %d: got places %v, want %v", test.stride, got, test.want)
		}
	}
}
