package f32

import (
	"slices"
	"unsafe"
)

// convKernels are an instruction set's tiles of a convolution. Large tiles have up to TilePixels
// pixels, small ones up to TileSmall.
type convKernels struct {
	// For one block of channels; nil: the portable version does all.
	large, small func(a *convArgs)

	// For two blocks at once; nil: one after the other.
	largePair, smallPair func(a *convArgs)

	// For a block that has no other beside it, wide tiles of widePixels and of wideSmall; nil: as
	// any other block.
	largeWide, smallWide func(a *convArgs)
}

var convFamily = newFamily("convolution, forward and input gradient", "", convKernels{})

// convArgs is one call: n tiles, and one or two blocks of channels.
type convArgs struct {
	y, x, w  *float32 // y and w of the first block
	tiles    *Tile
	wide     *wideTile // instead of tiles, for wide kernels
	n        int
	segments *Segment
	block    int // elements of w from a block to the next
	channels int // that are stored: all of a block, or the rest in the last one
}

// The tile of a convolution: so many pixels by so many channels are summed in registers.
const (
	TilePixels   = 6
	TileSmall    = 4 // pixels of the smaller tile of the assembly
	TileChannels = 16
)

// Segment is a run of K products of a chain: elements of x from X on, behind the pixel's own place,
// with rows of TileChannels weights from element W of a block on.
type Segment struct{ X, W, K int32 }

// Tile is TilePixels pixels that sum the same segments, Count of them from First on: pixel p reads
// x from element X[p] and writes y at Y[p]. A tile that has fewer pixels repeats the last of them.
type Tile struct {
	X, Y         [TilePixels]int32
	First, Count int32

	// The weights that the kernel fetches meanwhile, of those that tiles to come read: from element
	// Ahead of these blocks on, or of those that the next call takes where Next is 1. [NewTiles]
	// sets them.
	Ahead, Next int32
}

// Tiles is a convolution as its kernel walks it: any sum of products over segments of x that its
// pixels share.
type Tiles struct {
	tiles []Tile
	runs  []tileRun

	wide      []wideTile // the same pixels, for an odd block of channels
	wideLarge int

	segments []Segment
	channels int
	blockLen int // elements of one block of weights
	xLen     int // elements of x, y and w that are used
	yLen     int
	wLen     int
	run      int // tiles of one call
}

// tileRun is a run of tiles that one kernel takes: those with more than TileSmall pixels, or those
// without.
type tileRun struct {
	first, n int
	small    bool
}

// callProducts bounds the products of one call of the assembly, which cannot be preempted, to some
// 30 µs.
const callProducts = 1 << 20

// small reports whether a tile has no more than TileSmall pixels: the others repeat the last.
func (t *Tile) small() bool {
	for p := TileSmall; p < TilePixels; p++ {
		if t.X[p] != t.X[TileSmall-1] || t.Y[p] != t.Y[TileSmall-1] {
			return false
		}
	}
	return true
}

// NewTiles returns the tiles of a convolution with so many output channels. Its weights are blocks
// of blockLen elements, one for each TileChannels channels.
func NewTiles(tiles []Tile, segments []Segment, channels, blockLen int) *Tiles {
	if !(channels > 0 && channels <= maxOffset && blockLen >= TileChannels) {
		fail("NewTiles",
			"got %d channels, blocks of %d weights, want 1 to %d, %d or more", channels, blockLen, maxOffset, TileChannels)
	}
	blocks := (channels-1)/TileChannels + 1
	t := &Tiles{
		tiles: slices.Clone(tiles), segments: slices.Clone(segments),
		channels: channels, blockLen: blockLen, wLen: times(blocks, blockLen),
	}
	longest := 1
	for i := range tiles {
		longest = max(longest, t.measure(&tiles[i]))
	}
	t.order()
	if blocks%2 == 1 {
		t.wide, t.wideLarge = widen(t.tiles)
	}
	t.run = max(1, callProducts/times(longest, TilePixels*TileChannels))
	return t
}

// measure checks a tile, extends the lengths that its pixels need, and returns its chain's length.
func (t *Tiles) measure(tile *Tile) int {
	first, count := int(tile.First), int(tile.Count)
	if !(first >= 0 && count >= 0 && first <= len(t.segments) && count <= len(t.segments)-first) {
		fail("NewTiles", "got %d segments from %d on, want them in [0, %d)", count, first, len(t.segments))
	}
	farthest := 0 // element of x, that of a pixel
	for p := range tile.X {
		if !(tile.X[p] >= 0 && tile.Y[p] >= 0) {
			fail("NewTiles", "got tile %+v, want no negative element", *tile)
		}
		farthest, t.yLen = max(farthest, int(tile.X[p])), max(t.yLen, plus(int(tile.Y[p]), t.channels))
	}
	t.xLen = max(t.xLen, farthest)
	length := 0
	for _, s := range t.segments[first:][:count] {
		if !(s.X >= 0 && s.W >= 0 && s.K > 0 && plus(times(int(s.K), TileChannels), int(s.W)) <= t.blockLen) {
			fail("NewTiles",
				"got segment %+v, want it in a block of %d", s, t.blockLen)
		}
		length = plus(length, int(s.K))
		t.xLen = max(t.xLen, plus(farthest, plus(int(s.X), int(s.K))))
	}
	return length
}

// Conv computes, for each tile, pixel p of it and channel c, one chain of fused multiply-adds from
// +0:
//
//	y[Y[p]+c] = Σ over segments s, Σ over k < s.K:  x[X[p]+s.X+k] · w[(c/16)·blockLen + s.W + 16k + c%16]
//
// y must not overlap x or w. It panics where a slice is shorter than the tiles need.
func (t *Tiles) Conv(y, x, w []float32) {
	if !(len(y) >= t.yLen && len(x) >= t.xLen && len(w) >= t.wLen) {
		fail("Conv",
			"got y, x, w of %d, %d, %d elements, want at least %d, %d, %d", len(y), len(x), len(w), t.yLen, t.xLen, t.wLen)
	}
	if len(t.tiles) > 0 {
		t.conv(convFamily.active(), y, x, w)
	}
}

// conv computes the convolution by an instruction set's kernels, for as many blocks of channels at
// once as they take.
func (t *Tiles) conv(k *convKernels, y, x, w []float32) {
	if k.large == nil {
		t.convGeneric(y, x, w)
		return
	}
	var args convArgs
	args.x, args.segments, args.block = unsafe.SliceData(x), unsafe.SliceData(t.segments), t.blockLen
	for first := 0; first < t.channels; first += args.channels {
		left := t.channels - first
		args.y, args.w, args.channels = &y[first], &w[first/TileChannels*t.blockLen], min(left, TileChannels)
		switch {
		case k.largePair != nil && left > TileChannels:
			args.channels = min(left, 2*TileChannels)
			t.walk(&args, k.largePair, k.smallPair)
		case k.largeWide != nil && len(t.wide) > 0:
			t.walkWide(&args, k.largeWide, k.smallWide)
		default:
			t.walk(&args, k.large, k.small)
		}
	}
}

// walk calls kernels for all tiles, so many in one call that it is short.
func (t *Tiles) walk(args *convArgs, large, small func(a *convArgs)) {
	for _, r := range t.runs {
		kernel := large
		if r.small {
			kernel = small
		}
		for i := 0; i < r.n; i += args.n {
			args.tiles, args.n = &t.tiles[r.first+i], min(t.run, r.n-i)
			kernel(noescape(args))
		}
	}
}

// walkWide is walk for wide tiles.
func (t *Tiles) walkWide(args *convArgs, large, small func(a *convArgs)) {
	for i := 0; i < t.wideLarge; i += args.n {
		args.wide, args.n = &t.wide[i], min(t.run, t.wideLarge-i)
		large(noescape(args))
	}
	for i := t.wideLarge; i < len(t.wide); i += args.n {
		args.wide, args.n = &t.wide[i], min(t.run, len(t.wide)-i)
		small(noescape(args))
	}
}
