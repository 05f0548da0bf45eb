package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// WinogradBatch is [Winograd] for layers whose transformed weights do not stay in a core's cache
// from image to image, with the same bits. Each image is transformed into memory of the batch; one
// product of each plane covers all images; workers share a product by channels. So the weights are
// read once for a batch.
//
// Channels are multiples of 16. All such convolutions of a network share the memory. Transforms of
// images that are not cut into whole tiles need a worker's memory padded, of abi.WinogradPadded
// elements.
type WinogradBatch struct {
	inputs, outputs           conv.WinogradImage  // in planes for the batch
	inputBlocks, outputBlocks conv.WinogradBlocks // for the gradient of the weights
	packing                   conv.WinogradPacking
	m                         *BatchTransforms
}

// BatchTransforms is the memory of a network's [WinogradBatch] convolutions.
type BatchTransforms struct {
	Input              []float32 // transformed inputs, in planes [36][images][tiles][channels] or in blocks
	GradientForWeights []float32 // transformed gradients of outputs, in blocks of channels
	GradientForInput   []float32 // gradients of outputs, transformed as inputs
	Product            []float32 // transformed outputs, or gradients of inputs
	Blocks             []float32 // of each worker, for a block of a weight gradient
}

// NewWinogradBatch returns a convolution of images of the given size, at most m.Plan.Capacity of
// them.
func NewWinogradBatch(m *Memory, height, width, in, out int) *WinogradBatch {
	images := m.Plan.Capacity
	return &WinogradBatch{
		inputs: conv.NewWinogradImage(height, width, in, images), outputs: conv.NewWinogradImage(height, width, out, images),
		inputBlocks: conv.NewWinogradBlocks(height, width, in, images), outputBlocks: conv.NewWinogradBlocks(height, width, out, images),
		packing: conv.WinogradPacking{In: in, Out: out},
		m:       &m.Transforms,
	}
}

// Input transforms image i, in a halo, for Forward.
func (w *WinogradBatch) Input(i int, x, padded []float32) {
	w.inputs.Input(w.inputs.Image(w.m.Input, i), x, padded)
}

// InputGradient transforms the gradient of image i's output, in a halo, for BackwardData.
func (w *WinogradBatch) InputGradient(i int, dy, padded []float32) {
	w.outputs.Input(w.outputs.Image(w.m.GradientForInput, i), dy, padded)
}

// InputWeights transforms image i and the gradient of its output, both in a halo, for
// BackwardWeights.
func (w *WinogradBatch) InputWeights(i int, x, dy, padded []float32) {
	w.inputBlocks.TransformInput(w.m.Input, i, x, padded)
	w.outputBlocks.TransformGradient(w.m.GradientForWeights, i, dy, padded)
}

// Forward computes worker part's share of the products of the batch's inputs with the weights.
func (w *WinogradBatch) Forward(weights *Weights, b *Batch, part par.Part) {
	w.multiply(w.m.Input, weights.Forward, &w.inputs, &w.outputs, b, part)
}

// BackwardData computes worker part's share of the products of the gradients of the outputs with
// the weights.
func (w *WinogradBatch) BackwardData(weights *Weights, b *Batch, part par.Part) {
	w.multiply(w.m.GradientForInput, weights.Backward, &w.outputs, &w.inputs, b, part)
}

func (w *WinogradBatch) multiply(x, packed []float32, from, to *conv.WinogradImage, b *Batch, part par.Part) {
	blocks, images := part.Range(abi.PackBlocks(to.Channels)), b.images()
	if blocks.First == blocks.End {
		return
	}
	first, end := blocks.First*abi.PackChannels, blocks.End*abi.PackChannels
	p := f32.Product{
		Rows: (images.End - images.First) * from.Tiles(), K: from.Channels, Channels: end - first,
		XRow: from.Channels, YRow: to.Channels, WBlock: abi.WinogradWeights(from.Channels, abi.PackChannels),
	}
	x, packed = from.Image(x, images.First), packed[abi.WinogradWeights(from.Channels, first):]
	y := to.Image(w.m.Product, images.First)
	for plane := range abi.WinogradPlanes {
		p.Multiply(y[plane*to.Plane+first:], x[plane*from.Plane:], packed[plane*abi.WinogradWeightsPlane(from.Channels):])
	}
}

// Output transforms the products of image i to the output y.
func (w *WinogradBatch) Output(i int, y, padded []float32) {
	w.outputs.Output(y, w.outputs.Image(w.m.Product, i), padded)
}

// OutputGradient transforms the products of image i to the gradient of the input, without halo.
func (w *WinogradBatch) OutputGradient(i int, dx, padded []float32) {
	w.inputs.Output(dx, w.inputs.Image(w.m.Product, i), padded)
}

// Pack rebuilds worker part's share of the packed weights.
func (w *WinogradBatch) Pack(weights *Weights, b *Batch, part par.Part) {
	weights.packWinograd(&w.packing, b, part)
}
