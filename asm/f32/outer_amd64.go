//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// stripBytes is how much of x and dy one strip of rows covers: what stays in L1 while all tiles of dw visit it.
const stripBytes = 20 << 10

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
}

var fullMask = func() (m [TileChannels]int32) {
	for c := range m {
		m[c] = -1
	}
	return m
}()

func (o *Outer) accumulate(dw, x, dy []float32) {
	if cpu.Active() < cpu.AVX2 {
		o.accumulateGeneric(dw, x, dy)
		return
	}
	strip := outerStrip{
		Cols: o.Cols, XCol: 4 * o.XCol, XGap: 4 * (o.XRow - o.Cols*o.XCol),
		DYCol: 4 * o.DYCol, DYGap: 4 * (o.DYRow - o.Cols*o.DYCol),
	}
	height := max(1, stripBytes/max(1, 4*(o.XRow+o.DYRow))) // one row may have no step to the next
	var tiles [outerTiles]outerTile
	for i := 0; i < o.Rows; i += height {
		strip.Rows = min(height, o.Rows-i)
		for r := 0; r < o.In; r += outerTiles * TilePixels {
			n := o.cut(&tiles, r)
			for c := 0; c < o.Out; c += TileChannels {
				o.column(&dw[c], &x[i*o.XRow], &dy[i*o.DYRow+c], &tiles, n, &strip, c)
			}
		}
	}
}

// cut fills tiles with the rows of dw from r on and returns how many it filled.
func (o *Outer) cut(tiles *[outerTiles]outerTile, r int) (n int) {
	for ; n < outerTiles && r < o.In; n++ {
		for p := range TilePixels {
			row := min(r+p, o.In-1)
			tiles[n].X[p], tiles[n].DW[p] = int32(row), int32(row*o.Out)
		}
		r += TilePixels
	}
	return n
}

// column visits the strip for channels c to c+15.
func (o *Outer) column(dw, x, dy *float32, tiles *[outerTiles]outerTile, n int, strip *outerStrip, c int) {
	if c+TileChannels <= o.Out {
		outerTiles6x16AVX2(dw, x, dy, &tiles[0], n, strip)
		return
	}
	var mask [TileChannels]int32
	copy(mask[:o.Out-c], fullMask[:])
	outerTilesMasked6x16AVX2(dw, x, dy, &tiles[0], n, strip, &mask)
}

// outerTiles6x16AVX2 is Accumulate for a strip, n tiles of rows and the sixteen channels from dw[0] and dy[0] on.
//
//go:noescape
func outerTiles6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)

// outerTilesMasked6x16AVX2 is outerTiles6x16AVX2 for the channels that have a sign bit in mask.
//
//go:noescape
func outerTilesMasked6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip, mask *[TileChannels]int32)
