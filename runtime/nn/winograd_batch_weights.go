package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// The gradient of the weights goes block by block, from abi.PackChannels inputs to as many outputs:
// small enough for L1.
const (
	block     = 3 * 3 * abi.PackChannels * abi.PackChannels
	blockRows = 2 // blocks of inputs that visit a block of outputs while it stays in L2
)

// BackwardWeights computes worker part's share of the gradient of the weights, with weight decay.
// It computes the groups' gradients of a block one after the other, and adds each up the groups'
// tree at once.
func (w *WinogradBatch) BackwardWeights(weights *Weights, decay float32, b *Batch, part par.Part) {
	decay = b.exchange(weights.Gradient, weights.Value, decay, part)
	g := gradientBlock{WinogradBatch: w, images: b.N, memory: w.m.Blocks[part.Index*abi.WinogradBlockMemory:][:abi.WinogradBlockMemory]}
	groups := b.groups()
	rows := part.Range(w.inputs.Channels / abi.PackChannels)
	for first := rows.First; first < rows.End; first += blockRows {
		end := min(first+blockRows, rows.End)
		for g.out = range w.outputs.Channels / abi.PackChannels {
			for g.in = first; g.in < end; g.in++ {
				g.sum(groups, 0)
				g.store(weights.Gradient)
			}
		}
		w.decay(weights, decay, par.Range{First: first * abi.PackChannels, End: end * abi.PackChannels})
	}
}

// decay adds decay·value, fused, to the gradients of some inputs.
func (w *WinogradBatch) decay(weights *Weights, decay float32, inputs par.Range) {
	if decay == 0 {
		return
	}
	in, out := w.inputs.Channels, w.outputs.Channels
	for tap := range 9 {
		first, end := (tap*in+inputs.First)*out, (tap*in+inputs.End)*out
		f32.AddScaled(weights.Gradient[first:end], weights.Value[first:end], decay)
	}
}

// gradientBlock is a block of the gradient of the weights.
type gradientBlock struct {
	*WinogradBatch
	in, out int // the blocks of inputs and of outputs
	images  int // of the batch
	memory  []float32
}

// partial returns the memory of a sum, [3][3][16][16].
func (g *gradientBlock) partial(depth int) []float32 {
	return g.memory[f32.WinogradBlockScratch+depth*block:][:block]
}

// sum adds up the gradients of some groups by [tree], into partial(depth), with those behind it
// as scratch. It reports whether they have images.
func (g *gradientBlock) sum(groups par.Range, depth int) bool {
	if groups.End-groups.First == 1 {
		return g.group(groups.First, g.partial(depth))
	}
	middle := (groups.First + groups.End) / 2
	left, right := par.Range{First: groups.First, End: middle}, par.Range{First: middle, End: groups.End}
	if !g.sum(left, depth) {
		return g.sum(right, depth)
	}
	if g.sum(right, depth+1) {
		f32.Add(g.partial(depth), g.partial(depth), g.partial(depth+1))
	}
	return true
}

func (g *gradientBlock) group(group int, dw []float32) bool {
	images := GroupImages(g.images, group)
	if images.First == images.End {
		return false
	}
	gradient := g.inputBlocks.Gradient(images.End - images.First)
	x, dy := g.inputBlocks.At(g.m.Input, g.in, images.First), g.outputBlocks.At(g.m.GradientForWeights, g.out, images.First)
	gradient.WeightGradient(dw, x, dy, g.memory[:f32.WinogradBlockScratch])
	return true
}

// store writes the sum over all groups to where it belongs in dw.
func (g *gradientBlock) store(dw []float32) {
	type row = [abi.PackChannels]float32
	sum := g.partial(0)
	for tap := range 9 {
		at := (tap*g.inputs.Channels+g.in*abi.PackChannels)*g.outputs.Channels + g.out*abi.PackChannels
		for range abi.PackChannels {
			*(*row)(dw[at:]) = *(*row)(sum)
			sum = sum[abi.PackChannels:]
			at += g.outputs.Channels
		}
	}
}
