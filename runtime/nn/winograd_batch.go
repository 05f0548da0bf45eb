package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// WinogradBatch is a 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3), with so many channels
// that its transformed weights do not stay in a core's cache from image to image. Each image is
// transformed into memory of the batch; one product of each plane covers all images; workers share
// a product by channels. So the weights are read once for a batch, and each element of the weight
// gradient is one chain over all images and tiles, without groups.
//
// Height and width are multiples of 4, channels of 16. All such convolutions of a network share the
// memory.
type WinogradBatch struct {
	in, out         conv.Layout // of an image, in a halo
	inputs, outputs f32.Grid    // of an image, in planes for the batch
	tiles           int         // of an image
	packing         conv.WinogradPacking
	m               *BatchTransforms
}

// BatchTransforms is the memory of a network's [WinogradBatch] convolutions.
type BatchTransforms struct {
	Input              []float32 // transformed inputs, [36][images][tiles][channels]
	GradientForWeights []float32 // transformed gradients of outputs, for the weight gradient
	GradientForInput   []float32 // gradients of outputs, transformed as inputs
	Product            []float32 // transformed outputs, or gradients of inputs
	Chunks             []float32 // of each worker, abi.WinogradChunk elements of a transformed weight gradient
}

// NewWinogradBatch returns a convolution of images of the given size, at most m.Plan.Capacity of
// them.
func NewWinogradBatch(m *Memory, height, width, in, out int) *WinogradBatch {
	images := m.Plan.Capacity
	w := &WinogradBatch{
		in: conv.Halo(height, width, in, 1), out: conv.Halo(height, width, out, 1),
		inputs: conv.WinogradGrid(height, width, in, images), outputs: conv.WinogradGrid(height, width, out, images),
		packing: conv.WinogradPacking{In: in, Out: out, ByPlane: true},
		m:       &m.Transforms,
	}
	w.tiles = w.inputs.Rows * w.inputs.Cols
	return w
}

// image returns image i of planes of transformed inputs, or outputs.
func (w *WinogradBatch) image(planes []float32, i int, l *conv.Layout) []float32 {
	return planes[i*w.tiles*l.Channels:]
}

// Input transforms image i, in a halo, for Forward.
func (w *WinogradBatch) Input(i int, x []float32) {
	w.inputs.TransformInput(w.image(w.m.Input, i, &w.in), x, w.in.Pitch())
}

// InputGradient transforms the gradient of image i's output, in a halo, for BackwardData.
func (w *WinogradBatch) InputGradient(i int, dy []float32) {
	w.outputs.TransformInput(w.image(w.m.GradientForInput, i, &w.out), dy, w.out.Pitch())
}

// InputWeights transforms image i and the gradient of its output, both in a halo, for
// BackwardWeights.
func (w *WinogradBatch) InputWeights(i int, x, dy []float32) {
	w.Input(i, x)
	w.outputs.TransformGradient(w.image(w.m.GradientForWeights, i, &w.out), dy[w.out.Index(0, 0):], w.out.Pitch())
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

func (w *WinogradBatch) multiply(x, packed []float32, from, to *f32.Grid, b *Batch, part par.Part) {
	r := part.Range(abi.PackBlocks(to.Channels))
	if r.First == r.End {
		return
	}
	first := r.First * abi.PackChannels
	p := f32.Product{
		Rows: b.N * w.tiles, K: from.Channels, Channels: r.End*abi.PackChannels - first, XRow: from.Channels, YRow: to.Channels,
	}
	for plane := range abi.WinogradPlanes {
		p.Multiply(w.m.Product[plane*to.Plane+first:], x[plane*from.Plane:], packed[(plane*to.Channels+first)*from.Channels:])
	}
}

// Output transforms the products of image i to the output y.
func (w *WinogradBatch) Output(i int, y []float32) {
	w.outputs.TransformOutput(y, w.image(w.m.Product, i, &w.out), w.out.Width*w.out.Channels)
}

// OutputGradient transforms the products of image i to the gradient of the input, without halo.
func (w *WinogradBatch) OutputGradient(i int, dx []float32) {
	w.inputs.TransformOutput(dx, w.image(w.m.Product, i, &w.in), w.in.Width*w.in.Channels)
}

// The transformed weight gradient is computed and transformed back in chunks that stay in a core's
// cache.
const (
	chunkRows    = 16
	chunkColumns = 160
)

// BackwardWeights computes worker part's share of the gradient of the weights, with weight decay.
func (w *WinogradBatch) BackwardWeights(weights *Weights, decay float32, b *Batch, part par.Part) {
	chunk := w.m.Chunks[part.Index*abi.WinogradChunk:][:abi.WinogradChunk]
	rows := part.Range(abi.PackBlocks(w.in.Channels))
	for r := rows.First * chunkRows; r < rows.End*chunkRows; r += chunkRows {
		for c := 0; c < w.out.Channels; c += chunkColumns {
			w.gradientChunk(weights.Gradient, chunk, r, c, min(chunkColumns, w.out.Channels-c), b)
		}
	}
	first, end := rows.First*chunkRows*w.out.Channels, rows.End*chunkRows*w.out.Channels
	for tap := range 9 {
		at := tap * w.in.Channels * w.out.Channels
		f32.AddScaled(weights.Gradient[at+first:at+end], weights.Value[at+first:at+end], decay)
	}
}

// gradientChunk computes the gradient from inputs r to r+15 to so many outputs from c on.
func (w *WinogradBatch) gradientChunk(dw, chunk []float32, r, c, columns int, b *Batch) {
	pitch := abi.WinogradPlane(chunkRows, columns)
	o := f32.Outer{
		Rows: 1, Cols: b.N * w.tiles, XCol: w.in.Channels, DYCol: w.out.Channels, In: chunkRows, Out: columns,
		Planes: abi.WinogradPlanes, DWPlane: pitch, XPlane: w.inputs.Plane, DYPlane: w.outputs.Plane,
	}
	o.Sum(chunk, w.m.Input[r:], w.m.GradientForWeights[c:])
	for row := range chunkRows {
		f32.TransformWeightGradient(dw[(r+row)*w.out.Channels+c:], w.in.Channels*w.out.Channels, chunk[row*columns:], pitch, columns)
	}
}

// Pack rebuilds worker part's share of the transformed weights: 36 planes of to/16 blocks of
// [from][16].
func (w *WinogradBatch) Pack(weights *Weights, b *Batch, part par.Part) {
	weights.packWinograd(&w.packing, b, part)
}
