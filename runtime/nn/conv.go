package nn

import (
	"fmt"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Conv is the geometry of a convolution without bias, with TensorFlow's SAME padding: sizes, padding and
// the tables that its kernels walk. A fully connected layer is a 1×1 convolution of 1×1 images.
//
// Its input x is [InHeight][InWidth][In], in a halo of one pixel of zeros where Kernel is 3; its output
// y is [OutHeight][OutWidth][Out].
type Conv struct {
	Kernel, Stride           int
	InHeight, InWidth, In    int
	OutHeight, OutWidth, Out int

	padTop, padLeft int
	halo            int
	order           []int // of the taps of an axis in weights packed for BackwardData
	forward         *f32.Tiles
	backward        *f32.Tiles
	weights         []weightRows
}

// weightRows is the part of a weight gradient that one run over the output's pixels yields: all taps
// of one kernel row, or of all.
type weightRows struct {
	f32.Outer
	dw, x, dy int // first elements
}

// NewConv returns the geometry of a kernel×kernel convolution (kernel 1 or 3) of images of the given size.
func NewConv(kernel, stride, height, width, in, out int) *Conv {
	c := newShape(kernel, stride, height, width, in, out)
	c.order = c.tapOrder()
	c.forward = c.ForwardRows(par.Range{First: 0, End: c.OutHeight})
	c.backward = c.backwardTiles()
	if c.weightsAtOnce() {
		c.weights = append(c.weights, c.weightWindow())
		return c
	}
	for kh := range kernel {
		if rows := c.weightRows(kh); rows.Rows > 0 {
			c.weights = append(c.weights, rows)
		}
	}
	return c
}

// NewForwardConv is [NewConv] of a convolution that is only asked for [Conv.ForwardRows] and [Conv.PackForward].
func NewForwardConv(kernel, stride, height, width, in, out int) *Conv {
	return newShape(kernel, stride, height, width, in, out)
}

func newShape(kernel, stride, height, width, in, out int) *Conv {
	if (kernel != 1 && kernel != 3) || stride < 1 || height < 1 || width < 1 || in < 1 || out < 1 {
		panic(fmt.Sprintf("nn: got a %d×%d convolution, stride %d, of %d×%d×%d to %d channels, want kernel 1 or 3 and the rest positive",
			kernel, kernel, stride, height, width, in, out))
	}
	c := &Conv{Kernel: kernel, Stride: stride, InHeight: height, InWidth: width, In: in, Out: out, halo: kernel / 2}
	c.OutHeight, c.padTop = same(height, kernel, stride)
	c.OutWidth, c.padLeft = same(width, kernel, stride)
	return c
}

// same returns the output size of TensorFlow's SAME padding, and the zeros before the first element.
func same(size, kernel, stride int) (out, before int) {
	out = (size + stride - 1) / stride
	return out, max((out-1)*stride+kernel-size, 0) / 2
}

// pitch is the number of elements from one row of x to the next.
func (c *Conv) pitch() int { return (c.InWidth + 2*c.halo) * c.In }

// span is a run of taps along one axis that lie inside an image.
type span struct{ first, end int }

// taps returns the taps of output position o that lie inside an input of the given size.
func (c *Conv) taps(o, pad, size int) span {
	first := o*c.Stride - pad
	return span{max(0, -first), min(c.Kernel, size-first)}
}

// ForwardRows lists the pixels of so many of the output's rows by the taps that lie inside the image: what [Conv.Forward] does,
// and computes alike, for all of them. Taps are taken in the order (kh, kw), input channels innermost: those of one kernel row are
// contiguous in x and in w.
func (c *Conv) ForwardRows(rows par.Range) *f32.Tiles {
	block := abi.PackChannels
	b := newTileBuilder(func(rows, cols span) []f32.Segment {
		var s []f32.Segment
		for kh := rows.first; kh < rows.end; kh++ {
			s = append(s, f32.Segment{
				X: int32(kh*c.pitch() + cols.first*c.In),
				W: int32((kh*c.Kernel + cols.first) * c.In * block),
				K: int32((cols.end - cols.first) * c.In),
			})
		}
		return s
	})
	for oh := rows.First; oh < rows.End; oh++ {
		for ow := range c.OutWidth {
			x := (oh*c.Stride-c.padTop+c.halo)*c.pitch() + (ow*c.Stride-c.padLeft+c.halo)*c.In
			y := (oh*c.OutWidth + ow) * c.Out
			b.add(c.taps(oh, c.padTop, c.InHeight), c.taps(ow, c.padLeft, c.InWidth), x, y)
		}
	}
	return f32.NewTiles(b.tiles(), b.segments, c.Out, c.Kernel*c.Kernel*c.In*block)
}

// weightsAtOnce reports whether all taps make fewer tiles than each kernel row for itself does: where the
// input has few channels.
func (c *Conv) weightsAtOnce() bool {
	tiles := func(rows int) int { return (rows + f32.TilePixels - 1) / f32.TilePixels }
	return tiles(c.Kernel*c.Kernel*c.In) < c.Kernel*tiles(c.Kernel*c.In)
}

// weightWindow returns the accumulation for all taps: (kh, kw, in), where rows outside the image, too, are read
// from the halo.
func (c *Conv) weightWindow() weightRows {
	return weightRows{
		Outer: f32.Outer{
			Rows: c.OutHeight, Cols: c.OutWidth,
			XRow: c.Stride * c.pitch(), XCol: c.Stride * c.In,
			DYRow: c.OutWidth * c.Out, DYCol: c.Out,
			In: c.Kernel * c.Kernel * c.In, Out: c.Out,
			Run: c.Kernel * c.In, RunStep: c.pitch(),
		},
		x: (c.halo-c.padTop)*c.pitch() + (c.halo-c.padLeft)*c.In,
	}
}

// weightRows returns the accumulation for kernel row kh: its In axis is (kw, in), which is contiguous
// in x; columns left and right of the image are read from the halo as zeros, rows outside are skipped.
func (c *Conv) weightRows(kh int) weightRows {
	first, end := c.OutHeight, 0
	for oh := range c.OutHeight {
		if t := c.taps(oh, c.padTop, c.InHeight); kh >= t.first && kh < t.end {
			first, end = min(first, oh), oh+1
		}
	}
	if first >= end {
		return weightRows{}
	}
	return weightRows{
		Outer: f32.Outer{
			Rows: end - first, Cols: c.OutWidth,
			XRow: c.Stride * c.pitch(), XCol: c.Stride * c.In,
			DYRow: c.OutWidth * c.Out, DYCol: c.Out,
			In: c.Kernel * c.In, Out: c.Out,
		},
		dw: kh * c.Kernel * c.In * c.Out,
		x:  (first*c.Stride-c.padTop+c.halo+kh)*c.pitch() + (c.halo-c.padLeft)*c.In,
		dy: first * c.OutWidth * c.Out,
	}
}

// Forward computes y = x ⋆ w for one image from weights packed by [Conv.PackForward]. Each element of y is
// one chain of fused multiply-adds from +0 over (kh, kw, in); taps outside the image are left out.
func (c *Conv) Forward(y, x, packed []float32) { c.forward.Conv(y, x, packed) }

// BackwardData computes the gradient of x, without halo, from that of y, for one image and weights packed
// by [Conv.PackBackward]. Each element of dx is one chain of fused multiply-adds from +0 over the pixels
// of dy in raster order, output channels innermost.
func (c *Conv) BackwardData(dx, dy, packed []float32) { c.backward.Conv(dx, dy, packed) }

// BackwardWeights adds one image's gradient of w to dw, [kernel][kernel][in][out]: each element goes on
// as one chain of fused multiply-adds over the pixels of dy in raster order. Columns outside the image
// count as zeros; so do rows where 3·⌈3·In/6⌉ > ⌈9·In/6⌉, and are left out elsewhere.
func (c *Conv) BackwardWeights(dw, x, dy []float32) {
	for i := range c.weights {
		r := &c.weights[i]
		r.Accumulate(dw[r.dw:r.dw+r.In*r.Out], x[r.x:], dy[r.dy:])
	}
}
