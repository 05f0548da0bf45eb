package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// WinogradGrid returns the tiles of an image of that size, in planes with room for those of so many
// images.
func WinogradGrid(height, width, channels, images int) f32.Grid {
	rows, cols := abi.WinogradTiles(height), abi.WinogradTiles(width)
	return f32.Grid{Rows: rows, Cols: cols, Channels: channels, Plane: abi.WinogradPlane(rows*cols*images, channels)}
}

// WinogradProducts returns the 36 products of so many transformed tiles, [36][tiles][from.Channels]
// in the planes of from, with weights that [WinogradPacking] has laid out by blocks. They yield
// [36][tiles][to.Channels] in the planes of to.
func WinogradProducts(tiles int, from, to *f32.Grid) *f32.Tiles {
	var all []f32.Tile
	var segments []f32.Segment
	for plane := range abi.WinogradPlanes {
		segments = append(segments, f32.Segment{W: int32(plane * abi.WinogradWeightsPlane(from.Channels)), K: int32(from.Channels)})
		for first, n := range cut(tiles) {
			all = append(all, newTile(plane, 1, n, func(p int) (x, y int32) {
				return int32(plane*from.Plane + (first+p)*from.Channels), int32(plane*to.Plane + (first+p)*to.Channels)
			}))
		}
	}
	return f32.NewTiles(all, segments, to.Channels, abi.WinogradWeights(from.Channels, abi.PackChannels))
}
