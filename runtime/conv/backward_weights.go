package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// BackwardWeights computes the gradient of a convolution's weights.
type BackwardWeights struct{ windows []weightWindow }

// weightWindow is the part of a weight gradient that one run over the output's pixels yields: all
// taps of one kernel row, or of all.
type weightWindow struct {
	f32.Outer
	dw, x, dy int // first elements
}

// NewBackwardWeights returns the gradient of the weights of a convolution. It panics if there is no
// convolution of that shape.
func NewBackwardWeights(s Shape) *BackwardWeights {
	s.check()
	b := &BackwardWeights{}
	if !abi.KernelRowsApart(s.Kernel, s.In) {
		b.windows = append(b.windows, s.wholeWindow())
		return b
	}
	for kh := range s.Kernel {
		if w := s.rowWindow(kh); w.Rows > 0 {
			b.windows = append(b.windows, w)
		}
	}
	return b
}

// Accumulate adds one image's gradient of the weights to dw, [kernel][kernel][in][out]; x is in the
// layout of [Shape.Input], dy [OutHeight][OutWidth][Out]. Each element goes on as one chain of
// fused multiply-adds over the pixels of dy in raster order. Columns outside the image count as
// zeros. So do rows where K·⌈K·In/6⌉ > ⌈K²·In/6⌉, for a kernel of K×K; elsewhere they are left out.
func (b *BackwardWeights) Accumulate(dw, x, dy []float32) {
	for i := range b.windows {
		w := &b.windows[i]
		w.Accumulate(dw[w.dw:w.dw+w.In*w.Out], x[w.x:], dy[w.dy:])
	}
}

// outer returns the sum over so many of the output's rows, for so many neighbours of x.
func (s *Shape) outer(rows, neighbours int) f32.Outer {
	in := s.Input()
	return f32.Outer{
		Rows: rows, Cols: s.OutWidth(),
		XRow: s.Stride * in.Pitch(), XCol: s.Stride * s.In,
		DYRow: s.OutWidth() * s.Out, DYCol: s.Out,
		In: neighbours, Out: s.Out,
	}
}

// wholeWindow returns the sum for all taps: (kernel row, kernel column, input channel), where rows
// outside the image, too, are read from the halo.
func (s *Shape) wholeWindow() weightWindow {
	in := s.Input()
	w := weightWindow{
		Outer: s.outer(s.OutHeight(), s.Kernel*s.Kernel*s.In),
		x:     in.Index(-s.Padding.Top, -s.Padding.Left),
	}
	w.Run, w.RunStep = s.Kernel*s.In, in.Pitch()
	return w
}

// rowWindow returns the sum for kernel row kh, of no rows where it never meets the image. Its
// neighbours are (kernel column, input channel), which are contiguous in x; columns left and right
// of the image are read from the halo as zeros, rows outside are skipped.
func (s *Shape) rowWindow(kh int) weightWindow {
	in, rows := s.Input(), s.rows()
	first, end := rows.outputs, 0
	for oh := range rows.outputs {
		if t := rows.taps(oh); kh >= t.first && kh < t.end {
			first, end = min(first, oh), oh+1
		}
	}
	if first >= end {
		return weightWindow{}
	}
	return weightWindow{
		Outer: s.outer(end-first, s.Kernel*s.In),
		dw:    kh * s.Kernel * s.In * s.Out,
		x:     in.Index(first*s.Stride-s.Padding.Top+kh, -s.Padding.Left),
		dy:    first * s.OutWidth() * s.Out,
	}
}
