package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Keep keeps image i, in the layout of [conv.Shape.Input], and the gradient of its output for
// [Conv.SumWeights].
func (c *Conv) Keep(w *Weights, i int, x, dy []float32) {
	xs, dys, images := c.kept(w)
	c.batch.KeepInput(xs, images, i, x)
	c.batch.KeepGradient(dys, images, i, dy)
}

// kept returns the inputs and the gradients of outputs that are kept, and of how many images.
func (c *Conv) kept(w *Weights) (x, dy []float32, images int) {
	images = len(w.Kept) / (c.batch.KeptInput() + c.batch.KeptGradient())
	n := images * c.batch.KeptInput()
	return w.Kept[:n], w.Kept[n:], images
}

// SumWeights computes worker part's share of the gradient of the weights from what is kept, with
// weight decay: the groups' gradients of a block one after the other, each added up the groups'
// tree at once.
func (c *Conv) SumWeights(w *Weights, decay float32, b *Batch, part par.Part) {
	decay = b.exchange(w.Gradient, w.Value, decay, part)
	s := weightSum{batch: c.batch, n: b.N, memory: w.Blocks[part.Index*abi.WeightBlockMemory:][:abi.WeightBlockMemory]}
	s.x, s.dy, s.images = c.kept(w)
	groups, columns := b.groups(), c.batch.ColumnBlocks()
	blocks := part.Range(c.batch.RowBlocks() * columns)
	for k := blocks.First; k < blocks.End; k++ {
		s.block = c.batch.Block(k/columns, k%columns)
		s.sum(groups, 0)
		s.store(w, decay)
	}
}

// weightSum is the sum of a block of the gradient of weights.
type weightSum struct {
	batch  *conv.BatchWeights
	block  conv.WeightBlock
	n      int // images of the batch
	images int // that there is room for
	x, dy  []float32
	memory []float32 // of a worker
}

func (s *weightSum) partial(depth int) []float32 {
	return s.memory[depth*abi.WeightBlock:][:s.block.Len()]
}

// sum adds up the gradients of some groups by [tree], into partial(depth), with those behind it
// as scratch. It reports whether they have images. It is [gradientBlock.sum]: a generic
// function of both would allocate.
func (s *weightSum) sum(groups par.Range, depth int) bool {
	if groups.End-groups.First == 1 {
		return s.group(groups.First, s.partial(depth))
	}
	middle := (groups.First + groups.End) / 2
	left, right := par.Range{First: groups.First, End: middle}, par.Range{First: middle, End: groups.End}
	if !s.sum(left, depth) {
		return s.sum(right, depth)
	}
	if s.sum(right, depth+1) {
		f32.Add(s.partial(depth), s.partial(depth), s.partial(depth+1))
	}
	return true
}

func (s *weightSum) group(g int, dw []float32) bool {
	images := GroupImages(s.n, g)
	n := images.End - images.First
	if n == 0 {
		return false
	}
	s.batch.Gradient(&s.block, dw, s.x, s.dy, s.images, images.First, n)
	return true
}

// store writes the sum over all groups, with decay·value, fused, to the gradient.
func (s *weightSum) store(w *Weights, decay float32) {
	sum, out := s.partial(0), s.batch.Shape().Out
	for r := range s.block.Rows {
		at := (s.block.Row+r)*out + s.block.Column
		gradient := w.Gradient[at:][:s.block.Columns]
		copy(gradient, sum[r*s.block.Columns:])
		if decay != 0 {
			f32.AddScaled(gradient, w.Value[at:][:s.block.Columns], decay)
		}
	}
}
