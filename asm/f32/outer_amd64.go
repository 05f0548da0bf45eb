//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func init() {
	k := outerKernels{large: outerLargeAVX2, small: outerSmallAVX2, masked: outerMaskedAVX2}
	outerFamily.add(cpu.AVX2, "6×16 of the gradient", "", k)

	k.pair, k.single, k.stem = outerPairAVX512, outerSingleAVX512, outerStemAVX512
	outerFamily.add(cpu.AVX512, "8×32, 16×16 or 9×16 of the gradient", "", k)
}

func outerLargeAVX2(a *outerArgs) {
	outerTiles6x16AVX2(a.dw, a.x, a.dy, a.tiles, a.n, &a.strip)
}

func outerSmallAVX2(a *outerArgs) {
	outerTiles4x16AVX2(a.dw, a.x, a.dy, a.tiles, a.n, &a.strip)
}

func outerMaskedAVX2(a *outerArgs) {
	outerTilesMasked6x16AVX2(a.dw, a.x, a.dy, a.tiles, a.n, &a.strip, channelMask(a.columns))
}

func outerPairAVX512(a *outerArgs) {
	outerRows8x32AVX512(a.dw, a.x, a.dy, a.n, &a.strip)
}

func outerSingleAVX512(a *outerArgs) {
	outerRows16x16AVX512(a.dw, a.x, a.dy, a.n, &a.strip)
}

func outerStemAVX512(a *outerArgs) { outerRows9x16AVX512(a.dw, a.x, a.dy, &a.strip) }

// outerTiles6x16AVX2 is Accumulate for a strip, n tiles of rows and the sixteen channels from dw[0]
// and dy[0] on.
//
//go:noescape
func outerTiles6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)

// outerTiles4x16AVX2 is outerTiles6x16AVX2 for tiles that have no more than four rows.
//
//go:noescape
func outerTiles4x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip)

// outerTilesMasked6x16AVX2 is outerTiles6x16AVX2 for the channels that have a sign bit in mask.
//
//go:noescape
func outerTilesMasked6x16AVX2(dw, x, dy *float32, tiles *outerTile, n int, strip *outerStrip, mask *[TileChannels]int32)

// outerRows8x32AVX512 is Accumulate for a strip, n tiles of eight rows and the 32 channels from
// dw[0] and dy[0] on.
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
