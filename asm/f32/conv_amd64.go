//go:build amd64 && !purego

package f32

import (
	"unsafe"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

func (t *Tiles) conv(y, x, w []float32) {
	if cpu.Active() < cpu.AVX2 {
		t.convGeneric(y, x, w)
		return
	}
	segments := unsafe.SliceData(t.segments)
	for first := 0; first < t.channels; first += TileChannels {
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

// convTiles6x16AVX2 is Conv for n tiles and one block of channels, those of y[0] to y[15]; mask, if not
// nil, has the sign bits of the channels that are stored.
//
//go:noescape
func convTiles6x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32)

// convTiles4x16AVX2 is convTiles6x16AVX2 for tiles that have no more than four pixels.
//
//go:noescape
func convTiles4x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32)
