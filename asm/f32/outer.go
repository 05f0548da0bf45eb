package f32

// outerKernels are an instruction set's tiles of a weight gradient, by TileChannels columns of dy.
type outerKernels struct {
	// Tiles of up to TilePixels and of up to TileSmall rows of dw, which may lie anywhere in x; and
	// those of TilePixels rows for a last block of fewer columns. Nil: the portable version does
	// all.
	large, small, masked func(a *outerArgs)

	// Tiles of rows that are neighbours in x: rowsPair rows by two blocks of columns, rowsSingle by
	// one, rowsStem by one. They are all there, or nil: as any others.
	pair, single, stem func(a *outerArgs)
}

var outerFamily = newFamily("convolution, weight gradient", "", outerKernels{})

// Outer is a sum of outer products over a grid of pixels: one kernel row of a convolution's weight
// gradient. Pixel (i, j) reads In elements of x from i·XRow+j·XCol on, and Out elements of dy from
// i·DYRow+j·DYCol on.
type Outer struct {
	Rows, Cols   int
	XRow, XCol   int
	DYRow, DYCol int
	In, Out      int

	// The In elements are runs of Run neighbours, RunStep from one to the next; Run 0 is one run of
	// all.
	Run, RunStep int

	// One call does Planes such sums, DWPlane, XPlane and DYPlane elements apart; Planes 0 is one.
	Planes, DWPlane, XPlane, DYPlane int
}

// place returns where row r of dw reads x, from a pixel's first element.
func (o *Outer) place(r int) int {
	if o.Run == 0 {
		return r
	}
	return r/o.Run*o.RunStep + r%o.Run
}

// reach returns the number of elements of x that a pixel's window spans. It ends with the last run,
// or with the whole run before it if that reaches further.
func (o *Outer) reach() int {
	if o.Run == 0 || o.In <= o.Run {
		return o.In
	}
	last := (o.In - 1) / o.Run
	return plus(times(last-1, o.RunStep), max(o.Run, plus(o.RunStep, (o.In-1)%o.Run+1)))
}

// Accumulate adds the products to dw, [In][Out]: each element goes on as one chain of fused
// multiply-adds over the pixels in raster order,
//
//	dw[r·Out+c] = dw[r·Out+c] + Σ over i < Rows, j < Cols:  x[i·XRow+j·XCol+place(r)] · dy[i·DYRow+j·DYCol+c]
//	place(r) = ⌊r/Run⌋·RunStep + r mod Run
//
// and so for each plane.
//
// dw must not overlap x or dy. It panics where a slice is shorter than the grid needs.
func (o *Outer) Accumulate(dw, x, dy []float32) { o.check(dw, x, dy, "Accumulate", false) }

// Sum is Accumulate from +0: what dw holds before does not count.
func (o *Outer) Sum(dw, x, dy []float32) { o.check(dw, x, dy, "Sum", true) }

func (o *Outer) check(dw, x, dy []float32, kernel string, fresh bool) {
	if !(min(o.Rows, o.Cols, o.In, o.Out) > 0 &&
		min(o.XRow, o.XCol, o.DYRow, o.DYCol, o.Run, o.RunStep, o.Planes, o.DWPlane, o.XPlane, o.DYPlane) >= 0) {
		fail(kernel, "got %+v, want positive sizes, and steps that are not negative", *o)
	}
	window, rows, planes := o.reach(), times(o.In, o.Out), max(1, o.Planes)
	if max(window, rows, times(o.Rows, o.Cols)) > maxOffset {
		fail(kernel, "got %+v, want windows, gradients and pixels of at most %d elements", *o, maxOffset)
	}
	xLen := extent(planes, o.XPlane, extent(o.Rows, o.XRow, extent(o.Cols, o.XCol, window)))
	dyLen := extent(planes, o.DYPlane, extent(o.Rows, o.DYRow, extent(o.Cols, o.DYCol, o.Out)))
	dwLen := extent(planes, o.DWPlane, rows)
	if !(len(dw) >= dwLen && len(x) >= xLen && len(dy) >= dyLen) {
		fail(kernel,
			"got dw, x, dy of %d, %d, %d elements, want at least %d, %d, %d", len(dw), len(x), len(dy), dwLen, xLen, dyLen)
	}
	o.accumulate(dw, x, dy, fresh)
}
