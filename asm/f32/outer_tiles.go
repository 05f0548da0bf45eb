package f32

// How a weight gradient is cut into calls of kernels: the image into strips of rows, dw into tiles.

// stripBytes is how much of x, and of a column of dy, one strip of rows covers: what stays in L1
// while the tiles of dw visit it. stripPixels is how many pixels a strip has at least, or loading
// and storing dw would cost more.
const (
	stripBytes  = 24 << 10
	stripPixels = 32
)

// bandBytes is how much of dy one band of rows has, where dw itself is no larger: what stays in L2
// while all rows of dw visit it, strip by strip.
const bandBytes = 128 << 10

// outerTiles is how many tiles of dw one call visits.
const outerTiles = 16

// The tiles of rows that are neighbours in x, where there are kernels for them.
const (
	rowsPair   = 8  // by 32 channels
	rowsSingle = 16 // by 16
	rowsStem   = 9  // by 16: a kernel row of three channels
	rowsCall   = 96 // rows of one visit of a strip
)

// outerArgs is one call of a kernel: a strip and n tiles.
type outerArgs struct {
	dw, x, dy *float32   // of the first column; dw and x also of the first row where rows are neighbours
	tiles     *outerTile // where they are not
	n         int
	columns   int // of a masked block
	strip     outerStrip
}

// outerTile is TilePixels rows of dw: their first elements in x and dw. A tile with fewer rows
// repeats one of them, which is then computed twice from and to the same memory, with the same
// result.
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

// outerSum is one sum on its way through the kernels.
type outerSum struct {
	*Outer
	*outerKernels
	dw, x, dy []float32
	fresh     bool
	args      outerArgs
}

func (o *Outer) accumulate(dw, x, dy []float32, fresh bool) {
	k := outerFamily.active()
	if k.large == nil {
		o.accumulateGeneric(dw, x, dy, fresh)
		return
	}
	band, rows := *o, o.Rows
	if 4*o.In*o.Out <= bandBytes {
		rows = max(1, bandBytes/(4*o.Cols*o.Out))
	}
	for i := 0; i < o.Rows; i += rows {
		band.Rows = min(rows, o.Rows-i)
		band.accumulateBand(k, dw, x[i*o.XRow:], dy[i*o.DYRow:], fresh && i == 0)
	}
}

// accumulateBand is accumulate for a band of rows.
func (o *Outer) accumulateBand(k *outerKernels, dw, x, dy []float32, fresh bool) {
	var s outerSum
	s.Outer, s.outerKernels, s.fresh = noescape(o), k, fresh
	s.dw, s.x, s.dy = part(dw, 0, len(dw)), part(x, 0, len(x)), part(dy, 0, len(dy))
	s.args.strip = o.cutStrips()
	if k.pair == nil {
		s.anywhere(outerPart{rowEnd: o.In, columnEnd: o.Out})
	} else {
		s.runs()
	}
}

// cutStrips returns the strips that stay in L1.
func (o *Outer) cutStrips() outerStrip {
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

// anywhere computes a part of dw by tiles whose rows may lie anywhere in x.
func (s *outerSum) anywhere(part outerPart) {
	if part.column == part.columnEnd {
		return
	}
	var room [outerTiles]outerTile
	tiles, args := noescape(&room), &s.args // column stores tiles in args
	for r := part.row; r < part.rowEnd; r += outerTiles * TilePixels {
		large, small := s.cut(tiles, r, part.rowEnd)
		for p := range max(1, s.Planes) {
			dw, x, dy := s.dw[p*s.DWPlane:], s.x[p*s.XPlane:], s.dy[p*s.DYPlane:]
			for i := 0; i < s.Rows; i += args.strip.height {
				args.strip.begin(i, s.Rows, s.fresh)
				args.x = &x[i*s.XRow]
				for c := part.column; c < part.columnEnd; c += TileChannels {
					args.dw, args.dy, args.columns = &dw[c], &dy[i*s.DYRow+c], min(s.Out-c, TileChannels)
					s.column(tiles, large, small)
				}
			}
		}
	}
}

// cut fills tiles with the rows of dw from r up to end and returns how many it filled, and whether
// the last of them has no more than TileSmall rows.
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

// column visits the strip for a block of columns.
func (s *outerSum) column(tiles *[outerTiles]outerTile, large, small int) {
	args := &s.args
	if args.columns < TileChannels {
		args.tiles, args.n = &tiles[0], large+small
		s.masked(noescape(args))
		return
	}
	if large > 0 {
		args.tiles, args.n = &tiles[0], large
		s.large(noescape(args))
	}
	if small > 0 {
		args.tiles, args.n = &tiles[large], small
		s.small(noescape(args))
	}
}

// runs computes dw by tiles of neighbouring rows, run by run, and what they leave by anywhere.
func (s *outerSum) runs() {
	length := s.Run
	if length == 0 {
		length = s.In
	}
	pairs := s.Out &^ (2*TileChannels - 1)
	singles := s.Out &^ (TileChannels - 1)
	for first := 0; first < s.In; first += length {
		end := min(first+length, s.In)
		byPairs := first + (end-first)/rowsPair*rowsPair
		bySingles := first + (end-first)/rowsSingle*rowsSingle
		if end-first == rowsStem {
			bySingles = end
		}
		s.neighbours(outerPart{first, byPairs, 0, pairs})
		s.neighbours(outerPart{first, bySingles, pairs, singles})
		s.anywhere(outerPart{byPairs, end, 0, pairs})
		s.anywhere(outerPart{bySingles, end, pairs, singles})
		s.anywhere(outerPart{first, end, singles, s.Out})
	}
}

// neighbours computes a part of one run, in whole tiles.
func (s *outerSum) neighbours(part outerPart) {
	if part.column == part.columnEnd {
		return
	}
	args := &s.args
	for r := part.row; r < part.rowEnd; r += rowsCall {
		rows := min(rowsCall, part.rowEnd-r)
		for p := range max(1, s.Planes) {
			dw, x, dy := s.dw[p*s.DWPlane+r*s.Out:], s.x[p*s.XPlane+s.place(r):], s.dy[p*s.DYPlane:]
			for i := 0; i < s.Rows; i += args.strip.height {
				args.strip.begin(i, s.Rows, s.fresh)
				args.x = &x[i*s.XRow]
				for c := part.column; c < part.columnEnd; {
					args.dw, args.dy = &dw[c], &dy[i*s.DYRow+c]
					switch {
					case c+2*TileChannels <= part.columnEnd:
						args.n = rows / rowsPair
						s.pair(noescape(args))
						c += 2 * TileChannels
						continue
					case rows == rowsStem:
						args.n = 1
						s.stem(noescape(args))
					default:
						args.n = rows / rowsSingle
						s.single(noescape(args))
					}
					c += TileChannels
				}
			}
		}
	}
}
