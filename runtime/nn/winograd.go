package nn

import (
	"unsafe"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Winograd is a [Conv] of kernel 3 and stride 1 that is computed by Winograd's F(4×4, 3×3): 36 products where
// the direct sum has 144.
//
// The sum of a product over the channels, or for the weight gradient over images and tiles, is one chain of fused
// multiply-adds from +0; package f32 defines the transforms. Errors are some five to ten times those of the
// direct sum.
type Winograd struct {
	Conv
	in, out           f32.Grid   // of one image
	forward, backward *f32.Tiles // the 36 products of matrices
	padRows, padCols  int        // the image with its border, in whole tiles

	images    int       // of a weight gradient's products
	ins, outs f32.Grid  // of one image, in planes for so many
	gradient  f32.Outer // the products of one plane and image
}

// NewWinograd returns the geometry of a 3×3 convolution of stride 1.
func NewWinograd(height, width, in, out int) *Winograd {
	rows, cols := abi.WinogradTiles(height), abi.WinogradTiles(width)
	grid := func(channels int) f32.Grid {
		return f32.Grid{Rows: rows, Cols: cols, Channels: channels, Plane: abi.WinogradPlane(rows*cols, channels)}
	}
	w := &Winograd{
		Conv: *NewConv(3, 1, height, width, in, out), in: grid(in), out: grid(out),
		padRows: 4*rows + 2, padCols: 4*cols + 2,
	}
	w.forward, w.backward = products(&w.in, &w.out), products(&w.out, &w.in)
	w.images = abi.WinogradImages(height, width)
	w.ins, w.outs = w.in, w.out
	w.ins.Plane, w.outs.Plane = abi.WinogradPlane(rows*cols*w.images, in), abi.WinogradPlane(rows*cols*w.images, out)
	w.gradient = f32.Outer{
		Rows: 1, Cols: rows * cols, XCol: in, DYCol: out, In: in, Out: out,
		Planes: abi.WinogradPlanes, DWPlane: abi.WinogradPlane(in, out), XPlane: w.ins.Plane, DYPlane: w.outs.Plane,
	}
	return w
}

// products returns the 36 products of a transformed image [tiles][from channels] with weights [from][to].
func products(from, to *f32.Grid) *f32.Tiles {
	var tiles []f32.Tile
	var segments []f32.Segment
	count := from.Rows * from.Cols
	for plane := range abi.WinogradPlanes {
		segments = append(segments, f32.Segment{W: int32(plane * from.Channels * abi.PackChannels), K: int32(from.Channels)})
		for first, n := range cut(count) {
			tiles = append(tiles, newTile(plane, 1, n, func(p int) (x, y int32) {
				return int32(plane*from.Plane + (first+p)*from.Channels), int32(plane*to.Plane + (first+p)*to.Channels)
			}))
		}
	}
	return f32.NewTiles(tiles, segments, to.Channels, abi.WinogradPlanes*from.Channels*abi.PackChannels)
}

// split cuts a workspace of abi.WinogradWorkspace elements into the padded image and both transformed ones.
func (w *Winograd) split(workspace []float32, from, to *f32.Grid) (padded, v, m []float32) {
	padded, workspace = workspace[:w.padRows*w.padCols*max(w.In, w.Out)], workspace[w.padRows*w.padCols*max(w.In, w.Out):]
	return padded, workspace[:abi.WinogradPlanes*from.Plane], workspace[abi.WinogradPlanes*from.Plane:][:abi.WinogradPlanes*to.Plane]
}

// whole reports whether tiles cover the image without a rest.
func (w *Winograd) whole() bool { return w.InHeight%4 == 0 && w.InWidth%4 == 0 }

// Forward computes y = x ⋆ w for one image in a halo, from weights packed by [Winograd.Pack].
func (w *Winograd) Forward(y, x, packed, workspace []float32) {
	w.convolve(y, x, packed, workspace, &w.in, &w.out, w.forward)
}

// BackwardData computes the gradient of x, without halo, from that of y in a halo of zeros, for one image.
func (w *Winograd) BackwardData(dx, dy, packed, workspace []float32) {
	w.convolve(dx, dy, packed, workspace, &w.out, &w.in, w.backward)
}

// convolve transforms an image in a halo, takes the products and transforms them to an image.
func (w *Winograd) convolve(y, x, packed, workspace []float32, from, to *f32.Grid, products *f32.Tiles) {
	padded, v, m := w.split(workspace, from, to)
	pitch, _ := haloed(w.InWidth, from.Channels)
	row := w.OutWidth * to.Channels
	if w.whole() {
		from.TransformInput(v, x, pitch)
		products.Conv(m, v, packed)
		to.TransformOutput(y, m, row)
		return
	}
	w.pad(padded, x, from.Channels)
	from.TransformInput(v, padded, w.padCols*from.Channels)
	products.Conv(m, v, packed)
	whole := 4 * to.Cols * to.Channels
	to.TransformOutput(padded, m, whole)
	for h := range w.OutHeight {
		copy(y[h*row:][:row], padded[h*whole:])
	}
}

// BackwardWeights transforms image k of a group and the gradient of its output, both in a halo, and, when enough images have
// been, adds their products to the transformed gradient of the weights, which stays in the workspace from one call
// to the next. [Winograd.FinishWeights] ends a group.
func (w *Winograd) BackwardWeights(x, dy, workspace []float32, k int) {
	padded, v, u, _ := w.gradientSpaces(workspace)
	at := k % w.images * w.gradient.Cols
	v, u = v[at*w.In:], u[at*w.Out:]
	if w.whole() {
		pitch, _ := haloed(w.InWidth, w.In)
		w.ins.TransformInput(v, x, pitch)
		pitch, first := haloed(w.OutWidth, w.Out)
		w.outs.TransformGradient(u, dy[first:], pitch)
	} else {
		w.pad(padded, x, w.In)
		w.ins.TransformInput(v, padded, w.padCols*w.In)
		w.pad(padded, dy, w.Out)
		w.outs.TransformGradient(u, padded[(w.padCols+1)*w.Out:], w.padCols*w.Out)
	}
	if (k+1)%w.images == 0 {
		w.addProducts(workspace, w.images, k < w.images)
	}
}

// FinishWeights adds what is left of a group of that many images, and writes the gradient of the weights,
// [3][3][in][out].
func (w *Winograd) FinishWeights(dw, workspace []float32, images int) {
	if rest := images % w.images; rest > 0 {
		w.addProducts(workspace, rest, images < w.images)
	}
	_, _, _, du := w.gradientSpaces(workspace)
	f32.TransformWeightGradient(dw, w.In*w.Out, du, abi.WinogradPlane(w.In, w.Out), w.In*w.Out)
}

// addProducts adds the products of the transformed images, plane by plane, to the transformed gradient, which the
// first of a group begin.
func (w *Winograd) addProducts(workspace []float32, images int, first bool) {
	_, v, u, du := w.gradientSpaces(workspace)
	several := w.gradient
	several.Cols *= images
	if first {
		several.Sum(du, v, u)
	} else {
		several.Accumulate(du, v, u)
	}
}

// gradientSpaces cuts a workspace into the padded image, and what lies behind that which [Winograd.split] uses:
// the transformed inputs and output gradients of several images, and the transformed gradient of the weights.
func (w *Winograd) gradientSpaces(workspace []float32) (padded, v, u, du []float32) {
	padded = workspace[:w.padRows*w.padCols*max(w.In, w.Out)]
	rest := workspace[len(padded)+abi.WinogradPlanes*(w.in.Plane+w.out.Plane):]
	v, rest = rest[:abi.WinogradPlanes*w.ins.Plane], rest[abi.WinogradPlanes*w.ins.Plane:]
	u, rest = rest[:abi.WinogradPlanes*w.outs.Plane], rest[abi.WinogradPlanes*w.outs.Plane:]
	return padded, v, u, rest[:abi.WinogradPlanes*abi.WinogradPlane(w.In, w.Out)]
}

// pad copies an image in a halo into the padded image, with zeros all around.
func (w *Winograd) pad(padded, x []float32, channels int) {
	from, to := (w.InWidth+2)*channels, w.padCols*channels
	for h := range w.padRows {
		row, n := padded[h*to:][:to], 0
		if h < w.InHeight+2 {
			n = copy(row, x[h*from:][:from])
		}
		clear(row[n:])
	}
}

// Pack rebuilds worker part's share of the transformed weights, [to/16][36][from][16]: forward from inputs to
// outputs, backward from outputs to inputs with the kernel turned round.
func (w *Winograd) Pack(weights *Weights, b *Batch, part par.Part) {
	w.pack(weights.Forward, weights.Value, false, false, part)
	if b.Training && weights.Backward != nil {
		w.pack(weights.Backward, weights.Value, true, false, part)
	}
}

// PackWinograd lays weights, [3][3][in][out], out as [Winograd.Pack] does for the forward pass: dst is
// [out/16][36][in][16].
func PackWinograd(dst, value []float32, in, out int) {
	w := &Winograd{Conv: Conv{In: in, Out: out}}
	w.pack(dst, value, false, false, par.Part{Index: 0, Of: 1})
}

// NewProducts returns the 36 products of so many transformed tiles, [tiles][in] in planes that are from.Plane elements apart, with
// weights of [PackWinograd]: tiles of to.Channels channels, in planes of to.Plane.
func NewProducts(tiles int, from, to f32.Grid) *f32.Tiles {
	from.Rows, from.Cols, to.Rows, to.Cols = 1, tiles, 1, tiles
	return products(&from, &to)
}

// kernels are the taps of f32.WeightLanes kernels side by side.
type kernels [9][f32.WeightLanes]float32

// pack transforms the kernels for the forward pass, or turned round, from outputs to inputs: plane by plane within a
// block of channels, or block by block within a plane.
func (w *Winograd) pack(dst, value []float32, turned, planes bool, part par.Part) {
	from, to := w.In, w.Out
	if turned {
		from, to = to, from
	}
	plane, next := from*abi.PackChannels, abi.WinogradPlanes*from*abi.PackChannels
	if planes {
		plane, next = blocks(to)*plane, plane
	}
	r := part.Range(blocks(to) * from)
	for i := r.First; i < r.End; i++ {
		block, f := i/from, i%from
		for lane := 0; lane < abi.PackChannels; lane += f32.WeightLanes {
			first := block*abi.PackChannels + lane
			n := min(f32.WeightLanes, to-first)
			if n == f32.WeightLanes && !turned { // they lie side by side
				f32.TransformWeights(dst[block*next+f*abi.PackChannels+lane:], plane, value[f*w.Out+first:], w.In*w.Out)
				continue
			}
			var taps kernels
			if n > 0 {
				w.gather(&taps, value, turned, f, first, n)
			}
			f32.TransformWeights(dst[block*next+f*abi.PackChannels+lane:], plane, unsafe.Slice(&taps[0][0], 9*f32.WeightLanes), f32.WeightLanes)
		}
	}
}

// gather lays the kernels from one channel to n channels from to on side by side.
func (w *Winograd) gather(taps *kernels, value []float32, turned bool, from, to, n int) {
	for k := range 9 {
		if !turned {
			copy(taps[k][:n], value[(k*w.In+from)*w.Out+to:])
			continue
		}
		at := (k*w.In+to)*w.Out + from
		for lane := range n {
			taps[8-k][lane] = value[at]
			at += w.Out
		}
	}
}
