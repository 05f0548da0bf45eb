//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	k := convKernels{large: convLargeAVX2, small: convSmallAVX2}
	convFamily.add(cpu.AVX2, "6 or 4 pixels × 16 channels", "", k)

	k.largePair, k.smallPair = convLargePairAVX512, convSmallPairAVX512
	k.largeWide, k.smallWide = convLargeWideAVX512, convSmallWideAVX512
	convFamily.add(cpu.AVX512, "6 or 4 pixels × 32 channels, 12 or 8 × 16", "", k)
}

// channelBits are all set for 16 channels, then not for as many: what is read from element 16−n on
// is a mask of n channels, as AVX2 takes it.
var channelBits = func() (bits [2 * TileChannels]int32) {
	for c := range TileChannels {
		bits[c] = -1
	}
	return bits
}()

// channelMask returns the mask of the first n channels of a block.
func channelMask(n int) *[TileChannels]int32 {
	return (*[TileChannels]int32)(channelBits[TileChannels-n:])
}

// mask returns the mask of the channels that AVX2 stores, or nil for all.
func (a *convArgs) mask() *[TileChannels]int32 {
	if a.channels == TileChannels {
		return nil
	}
	return channelMask(a.channels)
}

// bits returns a bit for each channel that AVX-512 stores of the block behind those of before.
func (a *convArgs) bits(before int) int { return 1<<(a.channels-before) - 1 }

func convLargeAVX2(a *convArgs) {
	convTiles6x16AVX2(a.y, a.x, a.w, a.tiles, a.n, a.segments, a.mask(), 4*a.block)
}

func convSmallAVX2(a *convArgs) {
	convTiles4x16AVX2(a.y, a.x, a.w, a.tiles, a.n, a.segments, a.mask(), 4*a.block)
}

func convLargePairAVX512(a *convArgs) {
	convTiles6x32AVX512(a.y, a.x, a.w, a.tiles, a.n, a.segments, 4*a.block, a.bits(TileChannels), 8*a.block)
}

func convSmallPairAVX512(a *convArgs) {
	convTiles4x32AVX512(a.y, a.x, a.w, a.tiles, a.n, a.segments, 4*a.block, a.bits(TileChannels), 8*a.block)
}

func convLargeWideAVX512(a *convArgs) {
	convTiles12x16AVX512(a.y, a.x, a.w, a.wide, a.n, a.segments, a.bits(0))
}

func convSmallWideAVX512(a *convArgs) {
	convTiles8x16AVX512(a.y, a.x, a.w, a.wide, a.n, a.segments, a.bits(0))
}

// convTiles6x16AVX2 is Conv for n tiles and one block of channels, those of y[0] to y[15]; mask, if
// not nil, has the sign bits of the channels that are stored. The next block's weights are next
// bytes behind these.
//
//go:noescape
func convTiles6x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32, next int)

// convTiles4x16AVX2 is convTiles6x16AVX2 for tiles that have no more than four pixels.
//
//go:noescape
func convTiles4x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32, next int)

// convTiles6x32AVX512 is Conv for n tiles and two blocks of channels, whose weights are block bytes
// apart; mask has a bit for each channel of the second that is stored. The next two blocks' weights
// are next bytes behind these.
//
//go:noescape
func convTiles6x32AVX512(y, x, w *float32, tiles *Tile, n int, segments *Segment, block, mask, next int)

// convTiles4x32AVX512 is convTiles6x32AVX512 for tiles that have no more than four pixels.
//
//go:noescape
func convTiles4x32AVX512(y, x, w *float32, tiles *Tile, n int, segments *Segment, block, mask, next int)

// convTiles12x16AVX512 is Conv for n tiles and one block of channels; mask has a bit for each that
// is stored.
//
//go:noescape
func convTiles12x16AVX512(y, x, w *float32, tiles *wideTile, n int, segments *Segment, mask int)

// convTiles8x16AVX512 is convTiles12x16AVX512 for tiles that have no more than eight pixels.
//
//go:noescape
func convTiles8x16AVX512(y, x, w *float32, tiles *wideTile, n int, segments *Segment, mask int)
