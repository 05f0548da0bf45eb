//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// stripBytes is how much of x, and of a column of dy, one strip of rows covers: what stays in L1 while the tiles of
// dw visit it. stripPixels is how many pixels a strip has at least, or loading and storing dw would cost more.
const (
	stripBytes  = 24 << 10
	stripPixels = 32
)

// outerTiles is how many tiles of dw one call of the assembly visits.
const outerTiles = 16

// outerTile is TilePixels rows of dw: their first elements in x and dw. A tile with fewer rows repeats one of
// them, which is then computed twice from and to the same memory, with the same result.
type outerTile struct{ X, DW [TilePixels]int32 }

// outerStrip is the part of the grid that one call covers; the steps are in bytes.
type outerStrip struct {
	Rows, Cols   int
	XCol, XGap   int // from one column to the next; and from the end of a row to the next
	DYCol, DYGap int
	DWRow        int // from one row of dw to the next
	Fresh        int // not 0: dw counts as +0

	height int // rows of pixels of a whole strip
}

// outerPart is the part of dw that one kernel computes: rows, and columns, from first up to end.
type outerPart struct{ row, rowEnd, column, columnEnd int }

var fullMask = func() (m [TileChannels]int32) {
	for c := range m {
		m[c] = -1
	}
	return m
}()

func (o *Outer) accumulate(dw, x, dy []float32, fresh bool) {
	strip := o.strip()
	all := outerPart{rowEnd: o.In, columnEnd: o.Out}
	switch cpu.Active() {
	case cpu.Portable:
		o.accumulateGeneric(dw, x, dy, fresh)
	case cpu.AVX2:
		o.tiles(dw, x, dy, all, &strip, fresh)
	default:
		o.runs(dw, x, dy, &strip, fresh)
	}
}

// strip returns the strips that stay in L1.
func (o *Outer) strip() outerStrip {
	bytes := 4 * ((o.Cols-1)*min(o.XCol, outerTiles*TilePixels) + min(o.In, outerTiles*TilePixels) + o.Cols*min(o.Out, TileChannels))
	return outerStrip{
		Cols: o.Cols, XCol: 4 * o.XCol, XGap: 4 * (o.XRow - o.Cols*o.XCol),
		DYCol: 4 * o.DYCol, DYGap: 4 * (o.DYRow - o.Cols*o.DYCol), DWRow: 4 * o.Out,
		height: max(1, stripBytes/bytes, (stripPixels+o.Cols-1)/o.Cols),
	}
}

// begin sets the strip to the rows of pixels from i on.
func (s *outerStrip) begin(i, rows int, fresh bool) {
	s.Rows, s.Fresh = min(s.height, rows-i), 0
	if fresh && i == 0 {
		s.Fresh = 1
	}
}

// tiles computes a part of dw by tiles whose rows may lie anywhere in x.
func (o *Outer) tiles(dw, x, dy []float32, part outerPart, strip *outerStrip, fresh bool) {
	if part.column == part.columnEnd {
		return
	}
	var tiles [outerTiles]outerTile
	for r := part.row; r < part.rowEnd; r += outerTiles * TilePixels {
		large, small := o.cut(&tiles, r, part.rowEnd)
		for p := range max(1, o.Planes) {
			dw, x, dy := dw[p*o.DWPlane:], x[p*o.XPlane:], dy[p*o.DYPlane:]
			for i := 0; i < o.Rows; i += strip.height {
				strip.begin(i, o.Rows, fresh)
				for c := part.column; c < part.columnEnd; c += TileChannels {
					o.column(&dw[c], &x[i*o.XRow], &dy[i*o.DYRow+c], &tiles, large, small, strip, c)
				}
			}
		}
	}
}

// cut fills tiles with the rows of dw from r up to end and returns how many it filled, and whether the last of them has
// no more than TileSmall rows.
func (o *Outer) cut(tiles *[outerTiles]outerTile, r, end int) (large, small int) {
	n := 0
	for ; n < outerTiles && r < end; n++ {
		for p := range TilePixels {
			row := min(r+p, end-1)
			tiles[n].X[p], tiles[n].DW[p] = int32(o.place(row)), int32(row*o.Out)
		}
		r += TilePixels
	}
	if last := r - TilePixels; last+TileSmall >= end {
		return n - 1, 1
	}
	return n, 0
}

// column visits the strip for channels c to c+15.
func (o *Outer) column(dw, x, dy *float32, tiles *[outerTiles]outerTile, large, small int, strip *outerStrip, c int) {
	if c+TileChannels > o.Out {
		var mask [TileChannels]int32
		copy(mask[:o.Out-c], fullMask[:])
		outerTilesMasked6x16AVX2(dw, x, dy, &tiles[0], large+small, strip, &mask)
		return
	}
	if large > 0 {
		outerTiles6x16AVX2(dw, x, dy, &tiles[0], large, strip)
	}
	if small > 0 {
		outerTiles4x16AVX2(dw, x, dy, &tiles[large], small, strip)
	}
}

// outerTiles6x16AVX2 is Accumulate for a strip, n tiles of rows and the sixteen channels from dw[0] and dy[0] on.
//
//go:noescape
func outerTiles6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)

// outerTiles4x16AVX2 is outerTiles6x16AVX2 for tiles that have no more than four rows.
//
//go:noescape
func outerTiles4x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)

// outerTilesMasked6x16AVX2 is outerTiles6x16AVX2 for the channels that have a sign bit in mask.
//
//go:noescape
func outerTilesMasked6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip, mask *[TileChannels]int32)
