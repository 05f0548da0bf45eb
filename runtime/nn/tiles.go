package nn

import "github.com/resnetgen/resnetgen/asm/f32"

// tileBuilder gathers pixels into tiles of one class each. A class is a pair of spans; its segments are
// made once, by the function it was built with.
type tileBuilder struct {
	segmentsOf func(rows, cols span) []f32.Segment
	segments   []f32.Segment
	index      map[[2]span]int
	classes    []tileClass // in order of first appearance
}

type tileClass struct {
	first, count int // segments
	full         []f32.Tile
	open         int // pixels in the last tile
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

// add puts a pixel into the class's last tile. The places behind it repeat it until the next pixel takes
// them: what a tile computes twice is the same value.
func (c *tileClass) add(x, y int32) {
	if c.open == 0 {
		c.full = append(c.full, f32.Tile{First: int32(c.first), Count: int32(c.count)})
	}
	t := &c.full[len(c.full)-1]
	for p := c.open; p < f32.TilePixels; p++ {
		t.X[p], t.Y[p] = x, y
	}
	c.open = (c.open + 1) % f32.TilePixels
}

// tiles returns all tiles, class by class.
func (b *tileBuilder) tiles() []f32.Tile {
	var tiles []f32.Tile
	for i := range b.classes {
		tiles = append(tiles, b.classes[i].full...)
	}
	return tiles
}
