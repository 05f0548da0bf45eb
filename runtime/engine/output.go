package engine

import (
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// output is the output of a convolution of either kind, and how a team shares it: by bands of rows,
// or by blocks of channels where the weights are more than the image. The operations behind the
// convolution are shared in the same way.
type output struct {
	height, width, channels int
	band                    int // rows that the convolution computes together
	byChannels              bool
}

// share is a worker's part of an output.
type share struct{ firstRow, endRow, firstChannel, endChannel int }

func (s *share) empty() bool { return s.firstRow >= s.endRow || s.firstChannel >= s.endChannel }

// channels returns how many there are.
func (s *share) channels() int { return s.endChannel - s.firstChannel }

// share returns the worker's part.
func (o *output) share(ctx *WorkerContext) share {
	if o.byChannels && ctx.part.Of > 1 {
		r := ctx.part.Range(abi.PackBlocks(o.channels))
		return share{0, o.height, r.First * abi.PackChannels, min(r.End*abi.PackChannels, o.channels)}
	}
	first, end := o.rows(ctx)
	return share{first, end, 0, o.channels}
}

// rows returns the worker's rows where the team shares by rows.
func (o *output) rows(ctx *WorkerContext) (first, end int) {
	r := ctx.part.Range((o.height + o.band - 1) / o.band)
	return r.First * o.band, min(r.End*o.band, o.height)
}

// waitRows waits between an operation that is shared by rows and a convolution that is shared by
// channels.
func (o *output) waitRows(ctx *WorkerContext) {
	if o.byChannels {
		ctx.Wait()
	}
}

// written returns the part of image i of y that has the worker's channels. A convolution that is
// shared by channels writes y as one image after the other, each of one worker's channels.
func (o *output) written(y *Images, i int, s *share) []float32 {
	pixels := y.Rows * y.Cols
	return y.At(i)[pixels*s.firstChannel:][:pixels*s.channels()]
}

// Pool computes y = pool(x).
func (o *output) Pool(ctx *WorkerContext, pool *Pool, y, x *Images) {
	if first, end := o.rows(ctx); first < end {
		for i := range ctx.eachImage {
			pool.of.Rows(y.At(i), x.At(i), par.Range{First: first, End: end})
		}
	}
	o.waitRows(ctx)
}

// Copy copies src to dst, which has another layout.
func (o *output) Copy(ctx *WorkerContext, dst, src *Images) {
	o.waitRows(ctx)
	first, end := o.rows(ctx)
	row := o.width * o.channels
	for i := range ctx.eachImage {
		to, from := dst.At(i), src.At(i)
		for h := first; h < end; h++ {
			copy(to[dst.Index(h, 0):][:row], from[src.Index(h, 0):])
		}
	}
}
