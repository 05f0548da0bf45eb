package f32

// Outer is a sum of outer products over a grid of pixels: one kernel row of a convolution's weight gradient.
// Pixel (i, j) reads In elements of x from i·XRow+j·XCol on, and Out elements of dy from i·DYRow+j·DYCol on.
type Outer struct {
	Rows, Cols   int
	XRow, XCol   int
	DYRow, DYCol int
	In, Out      int
}

// Accumulate adds the products to dw, [In][Out]: each element goes on as one chain of fused multiply-adds over
// the pixels in raster order,
//
//	dw[r·Out+c] = dw[r·Out+c] + Σ over i < Rows, j < Cols:  x[i·XRow+j·XCol+r] · dy[i·DYRow+j·DYCol+c]
//
// dw must not overlap x or dy. It panics where a slice is shorter than the grid needs.
func (o *Outer) Accumulate(dw, x, dy []float32) {
	if o.Rows <= 0 || o.Cols <= 0 {
		return
	}
	xLen := (o.Rows-1)*o.XRow + (o.Cols-1)*o.XCol + o.In
	dyLen := (o.Rows-1)*o.DYRow + (o.Cols-1)*o.DYCol + o.Out
	if !(o.In > 0 && o.Out > 0 && min(o.XRow, o.XCol, o.DYRow, o.DYCol) >= 0) {
		fail("Accumulate", "got %+v, want positive sizes", *o)
	}
	if !(len(dw) >= o.In*o.Out && len(x) >= xLen && len(dy) >= dyLen) {
		fail("Accumulate",
			"got dw, x, dy of %d, %d, %d elements, want at least %d, %d, %d", len(dw), len(x), len(dy), o.In*o.Out, xLen, dyLen)
	}
	o.accumulate(dw, x, dy)
}

func (o *Outer) accumulateGeneric(dw, x, dy []float32) {
	for i := range o.Rows {
		for j := range o.Cols {
			g := dy[i*o.DYRow+j*o.DYCol:][:o.Out]
			for r, v := range x[i*o.XRow+j*o.XCol:][:o.In] {
				row := dw[r*o.Out:][:o.Out]
				for c, u := range g {
					row[c] = FMA(v, u, row[c])
				}
			}
		}
	}
}
