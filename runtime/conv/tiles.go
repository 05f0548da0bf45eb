package conv

import (
	"iter"

	"github.com/resnetgen/resnetgen/asm/f32"
)

// tileBuilder gathers pixels into tiles of one class each. A class is a pair of spans; its segments
// are made once, by the function it was built with.
type tileBuilder struct {
	segmentsOf func(rows, cols span) []f32.Segment
	segments   []f32.Segment
	index      map[[2]span]int
	classes    []tileClass // in order of first appearance
}

type tileClass struct {
	first, count int     // segments
	x, y         []int32 // of its pixels
}

func newTileBuilder(segmentsOf func(rows, cols span) []f32.Segment) *tileBuilder {
	return &tileBuilder{segmentsOf: segmentsOf, index: map[[2]span]int{}}
}

// add appends a pixel whose window begins at element x and whose output is at element y.
func (b *tileBuilder) add(rows, cols span, x, y int) {
	key := [2]span{rows, cols}
	i, ok := b.index[key]
	if !ok {
		segments := b.segmentsOf(rows, cols)
		i = len(b.classes)
		b.index[key] = i
		b.classes = append(b.classes, tileClass{first: len(b.segments), count: len(segments)})
		b.segments = append(b.segments, segments...)
	}
	b.classes[i].add(int32(x), int32(y))
}

func (c *tileClass) add(x, y int32) { c.x, c.y = append(c.x, x), append(c.y, y) }

// tiles returns all tiles, class by class.
func (b *tileBuilder) tiles() []f32.Tile {
	var tiles []f32.Tile
	for i := range b.classes {
		c := &b.classes[i]
		for first, n := range cut(len(c.x)) {
			tiles = append(tiles, newTile(c.first, c.count, n, func(p int) (x, y int32) { return c.x[first+p], c.y[first+p] }))
		}
	}
	return tiles
}

// newTile returns the tile of n pixels. The places behind them repeat the last: what a tile
// computes twice is the same value.
func newTile(first, count, n int, pixel func(p int) (x, y int32)) f32.Tile {
	t := f32.Tile{First: int32(first), Count: int32(count)}
	for p := range f32.TilePixels {
		t.X[p], t.Y[p] = pixel(min(p, n-1))
	}
	return t
}

// cut yields the runs, first pixel and length, that n pixels make tiles of: tiles of six, and at
// the end one or two of four where a six would have more places empty.
func cut(n int) iter.Seq2[int, int] {
	const large, small = f32.TilePixels, f32.TileSmall
	return func(yield func(first, length int) bool) {
		for first := 0; first < n; {
			rest := n - first
			length := min(large, rest)
			if rest == large+1 || rest == large+2 {
				length = small
			}
			if !yield(first, length) {
				return
			}
			first += length
		}
	}
}
