//go:build amd64 && !purego

package f32

// The tiles of AVX-512: rows that are neighbours in x by two registers of channels, or by one.
const (
	rowsPair   = 8  // by 32 channels
	rowsSingle = 16 // by 16
	rowsStem   = 9  // by 16: a kernel row of three channels
	rowsCall   = 96 // rows of one visit of a strip
)

// runs computes dw by tiles of neighbouring rows, run by run, and what they leave by [Outer.tiles].
func (o *Outer) runs(dw, x, dy []float32, strip *outerStrip, fresh bool) {
	length := o.Run
	if length == 0 {
		length = o.In
	}
	pairs := o.Out &^ (2*TileChannels - 1)
	singles := o.Out &^ (TileChannels - 1)
	for first := 0; first < o.In; first += length {
		end := min(first+length, o.In)
		byPairs := first + (end-first)/rowsPair*rowsPair
		bySingles := first + (end-first)/rowsSingle*rowsSingle
		if end-first == rowsStem {
			bySingles = end
		}
		o.rows(dw, x, dy, outerPart{first, byPairs, 0, pairs}, strip, fresh)
		o.rows(dw, x, dy, outerPart{first, bySingles, pairs, singles}, strip, fresh)
		o.tiles(dw, x, dy, outerPart{byPairs, end, 0, pairs}, strip, fresh)
		o.tiles(dw, x, dy, outerPart{bySingles, end, pairs, singles}, strip, fresh)
		o.tiles(dw, x, dy, outerPart{first, end, singles, o.Out}, strip, fresh)
	}
}

// rows computes a part of one run, in whole tiles.
func (o *Outer) rows(dw, x, dy []float32, part outerPart, strip *outerStrip, fresh bool) {
	if part.column == part.columnEnd {
		return
	}
	for r := part.row; r < part.rowEnd; r += rowsCall {
		n := min(rowsCall, part.rowEnd-r)
		for p := range max(1, o.Planes) {
			dw, x, dy := dw[p*o.DWPlane+r*o.Out:], x[p*o.XPlane+o.place(r):], dy[p*o.DYPlane:]
			for i := 0; i < o.Rows; i += strip.height {
				strip.begin(i, o.Rows, fresh)
				for c := part.column; c < part.columnEnd; {
					switch {
					case c+2*TileChannels <= part.columnEnd:
						outerRows8x32AVX512(&dw[c], &x[i*o.XRow], &dy[i*o.DYRow+c], n/rowsPair, strip)
						c += 2 * TileChannels
						continue
					case n == rowsStem:
						outerRows9x16AVX512(&dw[c], &x[i*o.XRow], &dy[i*o.DYRow+c], strip)
					default:
						outerRows16x16AVX512(&dw[c], &x[i*o.XRow], &dy[i*o.DYRow+c], n/rowsSingle, strip)
					}
					c += TileChannels
				}
			}
		}
	}
}

// outerRows8x32AVX512 is Accumulate for a strip, n tiles of eight rows and the 32 channels from dw[0] and dy[0] on.
//
//go:noescape
func outerRows8x32AVX512(dw, x, dy *float32, n int, strip *outerStrip)

// outerRows16x16AVX512 is Accumulate for a strip, n tiles of sixteen rows and sixteen channels.
//
//go:noescape
func outerRows16x16AVX512(dw, x, dy *float32, n int, strip *outerStrip)

// outerRows9x16AVX512 is Accumulate for a strip, nine rows and sixteen channels.
//
//go:noescape
func outerRows9x16AVX512(dw, x, dy *float32, strip *outerStrip)
