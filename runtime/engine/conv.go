package engine

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Conv is a convolution, computed directly. Its input is in the
// layout of [conv.Shape.Input], its output [conv.Plain].
type Conv struct {
	output
	shape conv.Shape
	whole []convBand
	parts [][]convBand // of each worker of a team that shares an image
}

// convBand is some rows of a convolution's output: those that an epilogue visits while they are in
// a core's cache.
type convBand struct {
	*conv.Forward
	rows par.Range
}

// NewConv returns a kernel×kernel convolution with TensorFlow's SAME padding, for teams of so many
// workers.
func NewConv(team, kernel, stride, height, width, in, out int) *Conv {
	return newConv(team, conv.SameShape(kernel, stride, height, width, in, out))
}

// NewSymmetricConv is [NewConv] with PyTorch's padding of kernel/2 pixels on each side.
func NewSymmetricConv(team, kernel, stride, height, width, in, out int) *Conv {
	return newConv(team, conv.SymmetricShape(kernel, stride, height, width, in, out))
}

func newConv(team int, s conv.Shape) *Conv {
	c := &Conv{output: output{height: s.OutHeight(), width: s.OutWidth(), channels: s.Out, band: 1}, shape: s}
	c.whole = c.cut(s.OutRows())
	for k := range team {
		first, end := c.rows(&WorkerContext{part: par.Part{Index: k, Of: team}})
		c.parts = append(c.parts, c.cut(par.Range{First: first, End: end}))
	}
	return c
}

// cut cuts rows into bands.
func (c *Conv) cut(rows par.Range) (bands []convBand) {
	n := abi.InferBand(c.height, c.width, c.channels)
	for first := rows.First; first < rows.End; first += n {
		band := par.Range{First: first, End: min(first+n, rows.End)}
		bands = append(bands, convBand{conv.NewForward(c.shape, band), band})
	}
	return bands
}

// bands returns the worker's.
func (c *Conv) bands(ctx *WorkerContext) []convBand {
	if ctx.part.Of > 1 {
		return c.parts[ctx.part.Index]
	}
	return c.whole
}

// WeightShape returns [kernel][kernel][in][out].
func (c *Conv) WeightShape() [4]int { return c.shape.Weights() }

// Pack lays weights, [kernel][kernel][in][out], out as the kernels read them.
func (c *Conv) Pack(value []float32) []float32 {
	packed := aligned(c.whole[0].PackedLen())
	c.whole[0].Pack(packed, value, par.Part{Index: 0, Of: 1})
	return packed
}

// Convolve computes y = x ⋆ w.
func (c *Conv) Convolve(ctx *WorkerContext, y, x *Images, w []float32) {
	for i := range ctx.eachImage {
		for _, b := range c.bands(ctx) {
			b.Compute(y.At(i)[y.Index(b.rows.First, 0):], x.At(i), w)
		}
	}
}

// ConvolveWith computes y = x ⋆ w and its epilogue, band by band.
func (c *Conv) ConvolveWith(ctx *WorkerContext, x *Images, w []float32, e Epilogue) {
	y, pitch := ctx.workspace, c.width*c.channels
	for i := range ctx.eachImage {
		for _, b := range c.bands(ctx) {
			b.Compute(y, x.At(i), w)
			e.apply(i, y, pitch, c.width, &share{b.rows.First, b.rows.End, 0, c.channels})
		}
	}
}

// Winograd is a 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3), which computes what
// [conv.Winograd] does. Its input is in a [conv.TiledHalo], its output [conv.Tiled]. One product
// has the tiles of several small images, or a band of those of a large one.
type Winograd struct {
	output
	images   int // in one product, at most
	bandRows int // of tiles in one product, at most
	from, to f32.Grid
	products map[[2]int]*f32.Tiles // by the number of tiles and of output channels
}

// NewWinograd returns a convolution for teams of so many workers and chunks of so many images.
func NewWinograd(team, chunk, height, width, in, out int) *Winograd {
	images, rows := abi.WinogradInferImages(height, width, in, out, chunk), abi.WinogradBand(height, width, in, out)
	w := &Winograd{
		output: output{height: height, width: width, channels: out, band: 4},
		images: images, bandRows: rows,
		from: conv.WinogradGrid(height, width, in, images), to: conv.WinogradGrid(height, width, out, images),
		products: map[[2]int]*f32.Tiles{},
	}
	inProduct := images * rows * w.from.Cols
	w.from.Plane, w.to.Plane = abi.WinogradPlane(inProduct, in), abi.WinogradPlane(inProduct, out)
	tiles := w.from.Rows * w.from.Cols
	// A worker that has some channels reads the whole image, parts of which come from other cores;
	// one that has some rows reads all weights.
	w.byChannels = out > 4*tiles && abi.PackBlocks(out) >= team
	for n := range w.images {
		w.add(n+1, w.from.Rows, out)
	}
	for k := range team {
		s := w.share(&WorkerContext{part: par.Part{Index: k, Of: team}})
		w.add(1, abi.WinogradTiles(s.endRow-s.firstRow), s.channels())
	}
	return w
}

// add prepares the products of so many rows of tiles.
func (w *Winograd) add(images, rows, channels int) {
	to := w.to
	to.Channels = channels
	for row := 0; row < rows; row += w.bandRows {
		tiles := images * min(w.bandRows, rows-row) * w.from.Cols
		if key := [2]int{tiles, channels}; w.products[key] == nil {
			w.products[key] = conv.WinogradProducts(tiles, &w.from, &to)
		}
	}
}

// WeightShape returns [3][3][in][out].
func (w *Winograd) WeightShape() [4]int { return [4]int{3, 3, w.from.Channels, w.to.Channels} }

// Pack transforms weights, [3][3][in][out], and lays them out as the kernels read them.
func (w *Winograd) Pack(value []float32) []float32 {
	p := conv.WinogradPacking{In: w.from.Channels, Out: w.to.Channels}
	packed := aligned(p.ForwardLen())
	p.PackForward(packed, value, par.Part{Index: 0, Of: 1})
	return packed
}

// Convolve computes y = x ⋆ w.
func (w *Winograd) Convolve(ctx *WorkerContext, y, x *Images, weights []float32) {
	s := w.share(ctx)
	pitch := y.Cols * s.channels()
	w.eachBand(ctx, x, weights, &s, func(b winogradBand) {
		for k := range b.images {
			b.to.TransformOutput(w.written(y, b.first+k, &s)[b.row*pitch:], b.image(k), pitch)
		}
	})
}

// ConvolveWith computes y = x ⋆ w and its epilogue, which visits each row of tiles while it is in a
// core's cache.
func (w *Winograd) ConvolveWith(ctx *WorkerContext, x *Images, weights []float32, e Epilogue) {
	s := w.share(ctx)
	pitch := abi.WinogradTiles(w.width) * 4 * s.channels()
	y := ctx.workspace[abi.WinogradPlanes*(w.from.Plane+w.to.Plane):][:4*pitch]
	w.eachBand(ctx, x, weights, &s, func(b winogradBand) {
		tiles := b.to
		tiles.Rows = 1
		for k := range b.images {
			for r := range b.to.Rows {
				tiles.TransformOutput(y, b.image(k)[r*tiles.Cols*tiles.Channels:], pitch)
				first := b.row + 4*r
				e.apply(b.first+k, y, pitch, w.width, &share{first, min(first+4, s.endRow), s.firstChannel, s.endChannel})
			}
		}
	})
}

// winogradBand is the products of some rows of tiles of several images.
type winogradBand struct {
	first, images int       // the first image, and how many
	row           int       // the first of the output
	products      []float32 // in the planes of to
	to            f32.Grid  // the tiles of one image
}

// image returns image k's products.
func (b *winogradBand) image(k int) []float32 {
	return b.products[k*b.to.Rows*b.to.Cols*b.to.Channels:]
}

// eachBand computes the products of a share, band by band.
func (w *Winograd) eachBand(ctx *WorkerContext, x *Images, weights []float32, s *share, then func(b winogradBand)) {
	if s.empty() {
		return
	}
	from, to := w.from, w.to
	to.Channels = s.channels()
	v := ctx.workspace[:abi.WinogradPlanes*from.Plane]
	m := ctx.workspace[len(v):][:abi.WinogradPlanes*to.Plane]
	weights = weights[abi.WinogradWeights(from.Channels, s.firstChannel):]
	end := ctx.first + ctx.images
	for first := ctx.first; first < end; first += w.images {
		images := min(w.images, end-first)
		for row := s.firstRow; row < s.endRow; row += 4 * w.bandRows {
			from.Rows = min(w.bandRows, abi.WinogradTiles(s.endRow-row))
			to.Rows = from.Rows
			n := from.Rows * from.Cols // tiles of an image
			for k := range images {
				from.TransformInput(v[k*n*from.Channels:], x.At(first + k)[row*x.Pitch():], x.Pitch())
			}
			w.products[[2]int{images * n, to.Channels}].Conv(m, v, weights)
			then(winogradBand{first, images, row, m, to})
		}
	}
}
