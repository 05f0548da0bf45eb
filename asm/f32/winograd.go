package f32

// Winograd's F(4×4, 3×3) computes a tile of 4×4 outputs of a 3×3 convolution from 6×6 inputs with 36
// products a channel instead of 144. With the points 0, ±1, ±2 and ∞ its three transforms are, in one
// dimension,
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

// Grid is an image cut into Winograd's tiles, in raster order.
type Grid struct {
	Rows, Cols int // of tiles
	Channels   int
	Plane      int // elements from one plane of the transformed image to the next
}

// check checks the transformed image, and the image itself: so many pixels more a side than whole tiles have.
func (g *Grid) check(kernel string, transformed, image []float32, pitch, border int) {
	if !(g.Rows > 0 && g.Cols > 0 && g.Channels > 0) {
		fail(kernel, "got %+v, want positive sizes", *g)
	}
	plane := times(times(g.Rows, g.Cols), g.Channels)
	if need := extent(WinogradPlanes, g.Plane, plane); g.Plane < plane || len(transformed) < need {
		fail(kernel, "got %d transformed elements in planes of %d, want at least %d in planes of %d or more",
			len(transformed), g.Plane, need, plane)
	}
	rows, row := plus(times(WinogradOutput, g.Rows), border), times(plus(times(WinogradOutput, g.Cols), border), g.Channels)
	apart(kernel, "the image", image, rows, pitch, row)
}

// TransformInput computes v = Bᵀ·x·B for every tile of an image with a border of one pixel, whose rows are
// pitch elements apart: x is [4·Rows+2] rows of 4·Cols+2 pixels. A one-dimensional transform of d is
//
//	a = d4 − 4·d2   b = d3 − 4·d1   c = d4 − d2   e = d3 − d1
//	4·d0 + (−5·d2 + d4), a + b, a − b, 2·e + c, −2·e + c, 4·d1 + (−5·d3 + d5)
//
// with every product fused, first down the columns, then along the rows.
func (g *Grid) TransformInput(v, x []float32, pitch int) {
	g.check("TransformInput", v, x, pitch, WinogradInput-WinogradOutput)
	g.transformInput(v, x, pitch)
}

// TransformOutput computes y = Aᵀ·m·A for every tile: y is [4·Rows] rows of 4·Cols pixels, pitch elements
// apart. A one-dimensional transform of m is
//
//	p = m1 + m2   q = m1 − m2   r = m3 + m4   s = m3 − m4
//	(m0 + p) + r, 2·s + q, 4·r + p, (8·s + q) + m5
//
// with every product fused, first down the columns, then along the rows.
func (g *Grid) TransformOutput(y, m []float32, pitch int) {
	g.check("TransformOutput", m, y, pitch, 0)
	g.transformOutput(y, m, pitch)
}

// WeightLanes is how many kernels [TransformWeights] transforms side by side.
const WeightLanes = 8

// TransformWeights computes u = G·w·Gᵀ of WeightLanes kernels side by side: lane l of tap k is w[k·tap+l], and
// of plane f it is u[f·plane+l]. A one-dimensional transform of w is
//
//	s = w0 + w2   t = (1/6)·w2 + w0/24
//	w0/4, −(s + w1)/6, −(s − w1)/6, (1/12)·w1 + t, (−1/12)·w1 + t, w2
//
// with products by the nearest float32, those with a sum fused, first down the columns, then along the rows.
func TransformWeights(u []float32, plane int, w []float32, tap int) {
	if !(plane >= 0 && tap >= 0 && len(u) >= extent(WinogradPlanes, plane, WeightLanes) && len(w) >= extent(taps, tap, WeightLanes)) {
		fail("TransformWeights", "got u of %d elements, planes of %d, w of %d, taps of %d, want room for %d lanes",
			len(u), plane, len(w), tap, WeightLanes)
	}
	transformWeights(u, plane, w, tap)
}

// TransformGradient computes w = A·dy·Aᵀ for every tile of the gradient of an image of outputs, which is [4·Rows]
// rows of 4·Cols pixels, pitch elements apart: the transpose of [Grid.TransformOutput]. A one-dimensional
// transform of d is
//
//	e = d0 + d2   o = d1 + d3   p = 4·d2 + d0   q = 4·d3 + d1
//	d0, e + o, e − o, 2·q + p, −2·q + p, d3
//
// with every product fused, first down the columns, then along the rows.
func (g *Grid) TransformGradient(w, dy []float32, pitch int) {
	g.check("TransformGradient", w, dy, pitch, 0)
	g.transformGradient(w, dy, pitch)
}

// TransformWeightGradient computes dw = Gᵀ·du·G of n kernels side by side, the transpose of [TransformWeights]:
// kernel l of plane f is du[f·plane+l], and of tap k it is dw[k·tap+l]. A one-dimensional transform of u is
//
//	s = u1 + u2   p = u3 + u4
//	(1/24)·p + ((−1/6)·s + u0/4), (1/12)·(u3 − u4) + (u1 − u2)·(−1/6), (1/6)·p + ((−1/6)·s + u5)
//
// with products by the nearest float32, those with a sum fused, first down the columns, then along the rows.
func TransformWeightGradient(dw []float32, tap int, du []float32, plane, n int) {
	if !(n >= 0 && plane >= 0 && tap >= 0 && len(du) >= extent(WinogradPlanes, plane, n) && len(dw) >= extent(taps, tap, n)) {
		fail("TransformWeightGradient", "got dw of %d elements, taps of %d, du of %d, planes of %d, want room for %d kernels",
			len(dw), tap, len(du), plane, n)
	}
	transformWeightGradient(dw, tap, du, plane, n)
}
