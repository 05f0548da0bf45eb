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
		for i := 0; i < len(t.tiles); i += t.run {
			n := min(t.run, len(t.tiles)-i)
			convTiles6x16AVX2(&y[first], unsafe.SliceData(x), &w[first/TileChannels*t.blockLen], &t.tiles[i], n, segments, mask)
		}
	}
}

// convTiles6x16AVX2 is Conv for n tiles and one block of channels, those of y[0] to y[15]; mask, if not
// nil, has the sign bits of the channels that are stored.
//
//go:noescape
func convTiles6x16AVX2(y, x, w *float32, tiles *Tile, n int, segments *Segment, mask *[TileChannels]int32)
