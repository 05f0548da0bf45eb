package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// BatchWeights computes the gradient of a convolution's weights from the images of a batch, block
// by block: where the gradient of a group of images would not stay in a core's cache, that of a
// block does. It keeps the batch's inputs and the gradients of its outputs, by blocks of channels,
// so that a block of the gradient reads memory in order.
//
// The sum of a group is the one chain that [BackwardWeights] computes.
type BatchWeights struct {
	shape   Shape
	input   Layout         // of what is kept of an input: all, or only the pixels that a 1×1 reads
	stride  int            // in it
	windows []weightWindow // of the kernel's rows
}

// NewBatchWeights returns the gradient of the weights of a convolution, whose kernel rows are
// apart: see [abi.KernelRowsApart]. It panics if there is no convolution of that shape.
func NewBatchWeights(s Shape) *BatchWeights {
	s.check()
	b := &BatchWeights{shape: s, input: s.Input(), stride: s.Stride}
	if s.Kernel == 1 && s.Stride > 1 {
		s = SameShape(1, 1, s.OutHeight(), s.OutWidth(), s.In, s.Out)
		b.input, b.stride = s.Input(), 1
	}
	for kh := range s.Kernel {
		b.windows = append(b.windows, s.rowWindow(kh))
	}
	return b
}

// Shape returns the convolution's.
func (b *BatchWeights) Shape() *Shape { return &b.shape }

// KeptInput returns the elements that are kept of an input.
func (b *BatchWeights) KeptInput() int { return b.input.Len() }

// KeptGradient returns the elements that are kept of the gradient of an output.
func (b *BatchWeights) KeptGradient() int {
	return b.shape.OutHeight() * b.shape.OutWidth() * b.shape.Out
}

// KeepInput keeps image i, in the layout of [Shape.Input], among so many.
func (b *BatchWeights) KeepInput(kept []float32, images, i int, x []float32) {
	s := &b.shape
	k := keeper{kept, images, i, b.input.Rows * b.input.Cols, s.In, abi.WeightBlockRows}
	if b.stride == s.Stride {
		k.keep(x)
		return
	}
	for h := range b.input.Rows {
		for w := range b.input.Cols {
			k.pixel(h*b.input.Cols+w, x[(h*s.Width+w)*s.Stride*s.In:])
		}
	}
}

// KeepGradient keeps the gradient of image i's output.
func (b *BatchWeights) KeepGradient(kept []float32, images, i int, dy []float32) {
	k := keeper{kept, images, i, b.shape.OutHeight() * b.shape.OutWidth(), b.shape.Out, abi.WeightBlockColumns}
	k.keep(dy)
}

// keeper writes image i of so many to [⌈channels/block⌉][images][pixels][block], whose last block
// has what is left of the channels.
type keeper struct {
	kept                            []float32
	images, i, pixels, channels, in int // in a block
}

func (k *keeper) keep(x []float32) {
	for p := range k.pixels {
		k.pixel(p, x[p*k.channels:])
	}
}

func (k *keeper) pixel(p int, x []float32) {
	for c := 0; c < k.channels; c += k.in {
		n := min(k.in, k.channels-c)
		copy(k.kept[k.images*k.pixels*c+(k.i*k.pixels+p)*n:][:n], x[c:])
	}
}

// WeightBlock is a part of a gradient of weights, [kernel][kernel][in][out]: Rows from Row on of
// (tap, input channel), by Columns from Column on of output channels.
type WeightBlock struct {
	Row, Rows, Column, Columns int

	channel int // the first of the input
	sum     f32.Outer
	x, dy   int // the first pixels
}

// Len returns the elements of a block.
func (w *WeightBlock) Len() int { return w.Rows * w.Columns }

// RowBlocks returns how many blocks there are over the rows of the gradient.
func (b *BatchWeights) RowBlocks() int { return b.shape.Kernel * b.shape.Kernel * b.inBlocks() }

func (b *BatchWeights) inBlocks() int {
	return (b.shape.In + abi.WeightBlockRows - 1) / abi.WeightBlockRows
}

// ColumnBlocks returns how many blocks there are over the columns.
func (b *BatchWeights) ColumnBlocks() int {
	return (b.shape.Out + abi.WeightBlockColumns - 1) / abi.WeightBlockColumns
}

// Block returns one of the blocks.
func (b *BatchWeights) Block(row, column int) WeightBlock {
	s, tap, channel := &b.shape, row/b.inBlocks(), row%b.inBlocks()*abi.WeightBlockRows
	window, first := &b.windows[tap/s.Kernel], column*abi.WeightBlockColumns
	rows, columns := min(abi.WeightBlockRows, s.In-channel), min(abi.WeightBlockColumns, s.Out-first)
	return WeightBlock{
		Row: tap*s.In + channel, Rows: rows, Column: first, Columns: columns,
		channel: channel,
		sum: f32.Outer{
			Rows: window.Rows, Cols: s.OutWidth(),
			XRow: b.stride * b.input.Cols * rows, XCol: b.stride * rows,
			DYRow: s.OutWidth() * columns, DYCol: columns,
			In: rows, Out: columns,
		},
		x: window.x/s.In + tap%s.Kernel, dy: window.dy / s.Out,
	}
}

// Gradient computes the block's gradient of n images from the first on, of those that are kept.
func (b *BatchWeights) Gradient(w *WeightBlock, dw, x, dy []float32, images, first, n int) {
	if w.sum.Rows == 0 { // this row of the kernel never meets an image
		clear(dw)
		return
	}
	inputs, outputs := b.input.Rows*b.input.Cols, b.shape.OutHeight()*b.shape.OutWidth()
	x, dy = x[images*inputs*w.channel:], dy[images*outputs*w.Column:]
	part := w.sum
	step := 1
	if b.shape.Kernel == 1 { // the pixels of several images follow each other as those of one
		part.Rows, part.Cols, step = n, part.Rows*part.Cols, n
		part.XRow, part.DYRow = part.Cols*part.XCol, part.Cols*part.DYCol
	}
	for i := 0; i < n; i += step {
		xs, dys := x[((first+i)*inputs+w.x)*w.Rows:], dy[((first+i)*outputs+w.dy)*w.Columns:]
		if i == 0 {
			part.Sum(dw, xs, dys)
		} else {
			part.Accumulate(dw, xs, dys)
		}
	}
}
