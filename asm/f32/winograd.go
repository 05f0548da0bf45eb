package f32

// Winograd's F(4×4, 3×3) computes a tile of 4×4 outputs of a 3×3 convolution from 6×6 inputs with
// 36 products a channel instead of 144. With the points 0, ±1, ±2 and ∞ its three transforms are,
// in one dimension,
//
//	Bᵀ = [4  0 −5  0  1  0]    Aᵀ = [1  1  1  1  1  0]    G = [ 1/4    0     0 ]
//	     [0 −4 −4  1  1  0]         [0  1 −1  2 −2  0]        [−1/6 −1/6  −1/6 ]
//	     [0  4 −4 −1  1  0]         [0  1  1  4  4  0]        [−1/6  1/6  −1/6 ]
//	     [0 −2 −1  2  1  0]         [0  1 −1  8 −8  1]        [ 1/24  1/12  1/6]
//	     [0  2 −1 −2  1  0]                                   [ 1/24 −1/12  1/6]
//	     [0  4  0 −5  0  1]                                   [  0     0     1 ]
//
// Transformed images are [36] planes of [tiles][channels], plane elements apart.
//
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, section 4.3.

// The sizes of Winograd's tile.
const (
	WinogradOutput = 4                             // outputs of a tile, a side
	WinogradInput  = 6                             // inputs
	WinogradPlanes = WinogradInput * WinogradInput // products of a channel

	taps = 3 * 3 // of a kernel
)

// winogradKernels are the transforms of images.
type winogradKernels struct{ input, output, gradient blocks[winogradArgs] }

var winogradFamily = newFamily("Winograd's transforms of images", "", winogradKernels{})

// winogradArgs is one call: a row of tiles, which the assembly counts down. The others are steps in
// bytes: from one row and one pixel of the image to the next, from one tile to the next in the
// image and transformed, from one plane to the next.
type winogradArgs struct {
	transformed, image       *float32
	tiles                    int
	pitch, pixel, tile, next int
	plane                    int
}

// Grid is an image cut into Winograd's tiles, in raster order.
type Grid struct {
	Rows, Cols int // of tiles
	Channels   int
	Plane      int // elements from one plane of the transformed image to the next
	Pixel      int // elements from one pixel of the image to the next; 0: Channels
}

func (g *Grid) pixel() int {
	if g.Pixel == 0 {
		return g.Channels
	}
	return g.Pixel
}

// check checks the transformed image, and the image itself: so many pixels more a side than whole
// tiles have.
func (g *Grid) check(kernel string, transformed, image []float32, pitch, border int) {
	if !(g.Rows > 0 && g.Cols > 0 && g.Channels > 0 && g.pixel() >= g.Channels) {
		fail(kernel, "got %+v, want positive sizes, and pixels that do not meet", *g)
	}
	plane := times(times(g.Rows, g.Cols), g.Channels)
	if need := extent(WinogradPlanes, g.Plane, plane); g.Plane < plane || len(transformed) < need {
		fail(kernel, "got %d transformed elements in planes of %d, want at least %d in planes of %d or more",
			len(transformed), g.Plane, need, plane)
	}
	rows, row := plus(times(WinogradOutput, g.Rows), border), extent(plus(times(WinogradOutput, g.Cols), border), g.pixel(), g.Channels)
	apart(kernel, "the image", image, rows, pitch, row)
}

// rows calls kernels for each row of tiles.
func (g *Grid) rows(kernels blocks[winogradArgs], transformed, image []float32, pitch int) {
	var args winogradArgs
	args.pitch, args.pixel, args.plane = 4*pitch, 4*g.pixel(), 4*g.Plane
	args.tile, args.next = WinogradOutput*args.pixel, 4*g.Channels
	for row := range g.Rows {
		k := kernels
		first, pixel := row*g.Cols*g.Channels, WinogradOutput*row*pitch
		for c := 0; c < g.Channels; c += k[0].channels {
			k = k.within(g.Channels - c)
			args.transformed, args.image, args.tiles = &transformed[first+c], &image[pixel+c], g.Cols
			k[0].run(noescape(&args))
		}
	}
}

// TransformInput computes v = Bᵀ·x·B for every tile of an image with a border of one pixel, whose
// rows are pitch elements apart: x is [4·Rows+2] rows of 4·Cols+2 pixels. A one-dimensional
// transform of d is
//
//	a = d4 − 4·d2   b = d3 − 4·d1   c = d4 − d2   e = d3 − d1
//	4·d0 + (−5·d2 + d4), a + b, a − b, 2·e + c, −2·e + c, 4·d1 + (−5·d3 + d5)
//
// with every product fused, first down the columns, then along the rows.
func (g *Grid) TransformInput(v, x []float32, pitch int) {
	g.check("TransformInput", v, x, pitch, WinogradInput-WinogradOutput)
	if kernels := winogradFamily.active().input.of(g.Channels); len(kernels) > 0 {
		g.rows(kernels, v, x, pitch)
	} else {
		g.transformInputGeneric(v, x, pitch)
	}
}

// TransformOutput computes y = Aᵀ·m·A for every tile: y is [4·Rows] rows of 4·Cols pixels, pitch
// elements apart. A one-dimensional transform of m is
//
//	p = m1 + m2   q = m1 − m2   r = m3 + m4   s = m3 − m4
//	(m0 + p) + r, 2·s + q, 4·r + p, (8·s + q) + m5
//
// with every product fused, first down the columns, then along the rows.
func (g *Grid) TransformOutput(y, m []float32, pitch int) {
	g.check("TransformOutput", m, y, pitch, 0)
	if kernels := winogradFamily.active().output.of(g.Channels); len(kernels) > 0 {
		g.rows(kernels, m, y, pitch)
	} else {
		g.transformOutputGeneric(y, m, pitch)
	}
}

// TransformGradient computes w = A·dy·Aᵀ for every tile of the gradient of an image of outputs,
// which is [4·Rows] rows of 4·Cols pixels, pitch elements apart: the transpose of
// [Grid.TransformOutput]. A one-dimensional transform of d is
//
//	e = d0 + d2   o = d1 + d3   p = 4·d2 + d0   q = 4·d3 + d1
//	d0, e + o, e − o, 2·q + p, −2·q + p, d3
//
// with every product fused, first down the columns, then along the rows.
func (g *Grid) TransformGradient(w, dy []float32, pitch int) {
	g.check("TransformGradient", w, dy, pitch, 0)
	if kernels := winogradFamily.active().gradient.of(g.Channels); len(kernels) > 0 {
		g.rows(kernels, w, dy, pitch)
	} else {
		g.transformGradientGeneric(w, dy, pitch)
	}
}
