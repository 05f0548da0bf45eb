//go:build amd64 && !purego

package f32

import (
	"unsafe"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

func (t *Tiles) conv(level cpu.Level, y, x, w []float32) {
	first := 0
	switch level {
	case cpu.Portable:
		t.convGeneric(y, x, w)
		return
	case cpu.AVX512:
		for ; first+TileChannels < t.channels; first += 2 * TileChannels {
			t.convPair(y, x, w, first)
		}
		if first < t.channels {
			t.convWide(y, x, w, first)
		}
		return
	}
	segments := unsafe.SliceData(t.segments)
	for ; first < t.channels; first += TileChannels {
		var mask *[TileChannels]int32
		if first+TileChannels > t.channels {
			mask = t.mask
		}
		block := &w[first/TileChannels*t.blockLen]
		for i := 0; i < t.large; i += t.run {
			convTiles6x16AVX2(&y[first], unsafe.SliceData(x), block, &t.tiles[i], min(t.run, t.large-i), segments, mask)
		}
		for i := t.large; i < len(t.tiles); i += t.run {
			convTiles4x16AVX2(&y[first], unsafe.SliceData(x), block, &t.tiles[i], min(t.run, len(t.tiles)-i), segments, mask)
		}
	}
}

// convPair computes two blocks of channels from channel first on, of which the second may have a rest of channels.
func (t *Tiles) convPair(y, x, w []float32, first int) {
	segments, block := unsafe.SliceData(t.segments), &w[first/TileChannels*t.blockLen]
	mask := lowBits(t.channels - first - TileChannels)
	for i := 0; i < t.large; i += t.run {
		convTiles6x32AVX512(&y[first], unsafe.SliceData(x), block, &t.tiles[i], min(t.run, t.large-i), segments, 4*t.blockLen, mask)
	}
	for i := t.large; i < len(t.tiles); i += t.run {
		convTiles4x32AVX512(&y[first], unsafe.SliceData(x), block, &t.tiles[i], min(t.run, len(t.tiles)-i), segments, 4*t.blockLen, mask)
	}
}

// convWide computes the last block of channels, where it has no other beside it.
func (t *Tiles) convWide(y, x, w []float32, first int) {
	segments, block := unsafe.SliceData(t.segments), &w[first/TileChannels*t.blockLen]
	mask := lowBits(t.channels - first)
	for i := 0; i < t.wideLarge; i += t.run {
		convTiles12x16AVX512(&y[first], unsafe.SliceData(x), block, &t.wide[i], min(t.run, t.wideLarge-i), segments, mask)
	}
	for i := t.wideLarge; i < len(t.wide); i += t.run {
		convTiles8x16AVX512(&y[first], unsafe.SliceData(x), block, &t.wide[i], min(t.run, len(t.wide)-i), segments, mask)
	}
}

// lowBits returns a mask of the first channels of a block, of which there are so many, or more.
func lowBits(channels int) int { return 1<<min(channels, TileChannels) - 1 }

// convTiles6x16AVX2 is Conv for n tiles and one block of channels, those of y[0] to y[15]; mask, if not
// nil, has the sign bits of the channels that are stored.
//
//go:noescape
func convTiles6x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32)

// convTiles4x16AVX2 is convTiles6x16AVX2 for tiles that have no more than four pixels.
//
//go:noescape
func convTiles4x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32)

// convTiles6x32AVX512 is Conv for n tiles and two blocks of channels, whose weights are block bytes apart; mask has a
// bit for each channel of the second that is stored.
//
//go:noescape
func convTiles6x32AVX512(y, x, w *float32, tiles *Tile, n int, segments *Segment, block, mask int)

// convTiles4x32AVX512 is convTiles6x32AVX512 for tiles that have no more than four pixels.
//
//go:noescape
func convTiles4x32AVX512(y, x, w *float32, tiles *Tile, n int, segments *Segment, block, mask int)

// convTiles12x16AVX512 is Conv for n tiles and one block of channels; mask has a bit for each that is stored.
//
//go:noescape
func convTiles12x16AVX512(y, x, w *float32, tiles *wideTile, n int, segments *Segment, mask int)

// convTiles8x16AVX512 is convTiles12x16AVX512 for tiles that have no more than eight pixels.
//
//go:noescape
func convTiles8x16AVX512(y, x, w *float32, tiles *wideTile, n int, segments *Segment, mask int)
