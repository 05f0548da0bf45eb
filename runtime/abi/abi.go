// Package abi holds the constants shared by generated code, the kernels and the generator. A change
// of one of them, or of the bits of any kernel, raises [Version]: once from a release to the next.
package abi

// Version is the version of the contract between generated code and this runtime. Generated
// packages refer to the constant [V6OrRunResnetgenGenerate] of their own version. So a stale
// package does not compile.
const Version = 6

// V6OrRunResnetgenGenerate exists only in runtimes of ABI version 6. Every package generated for
// them refers to it. With another runtime it does not compile, and the compiler's message tells its
// user what to do.
const V6OrRunResnetgenGenerate = Version

const (
	// Groups is the fixed number of groups of contiguous images. All sums over a batch go by
	// groups: weight gradients, batch-norm sums, losses. One worker sums a group in image order.
	// One balanced binary tree combines the groups. More workers than groups cannot share a
	// training step. The number is part of the definition of every result's bits.
	Groups = 16

	// PackChannels is the number of output channels of a convolution's tile: the innermost
	// dimension of packed weights.
	PackChannels = 16

	// NormCoefficients is the number of float32 values a channel that a batch normalization keeps
	// for its backward pass.
	NormCoefficients = 8

	// PixelSums is the number of float32 values a channel that the sums over an image's pixels
	// take, f32.PixelSumsLen.
	PixelSums = 5

	// Align is the alignment in bytes of every buffer in an arena: a cache line, and two AVX
	// registers.
	Align = 64

	// Float32Bytes is the size of an element of an activation, weight or gradient.
	Float32Bytes = 4
)

// Aligned rounds a number of bytes up to a multiple of [Align].
func Aligned(n int64) int64 { return (n + Align - 1) / Align * Align }

// PackBlocks returns how many blocks of [PackChannels] hold so many channels.
func PackBlocks(channels int) int { return (channels + PackChannels - 1) / PackChannels }

// GroupFirst returns the first image of group g, for a batch of n images split into [Groups]
// contiguous groups. Group g ends where group g+1 starts. With fewer images than groups some are
// empty.
func GroupFirst(n, g int) int { return n * g / Groups }

// WinogradTiles returns how many tiles of 4×4 outputs cover an image's side.
func WinogradTiles(side int) int { return (side + 3) / 4 }

// WinogradImages returns how many images of a size a weight gradient transforms before it sums
// their products: enough to give the matrix products a worthwhile length, or one that goes by
// bands.
func WinogradImages(height, width, in, out int) int {
	const tiles, images = 64, 8
	if WinogradBand(height, width, in, out) < WinogradTiles(height) {
		return 1
	}
	return max(1, min(images, tiles/(WinogradTiles(height)*WinogradTiles(width))))
}

// WinogradBand returns how many rows of tiles of an image are transformed at a time: all of them,
// or so many that both transforms stay in a core's cache beside the transformed weights, where
// these are small and tiles cover the image without a rest.
func WinogradBand(height, width, in, out int) int {
	const cache = 1 << 18 // elements: 1 MiB
	rows, cols := WinogradTiles(height), WinogradTiles(width)
	row, weights := WinogradPlanes*cols*(in+out), WinogradPlanes*in*out
	if height%4 != 0 || width%4 != 0 || rows*row <= cache || rows*row < 2*weights {
		return rows
	}
	return max(1, cache/2/row)
}

// WinogradWorkspace returns the workspace of a Winograd convolution, in float32 values. It holds an
// image with its border, filled up to whole tiles, and both transforms of a band of tiles. For the
// weight gradient it also holds both transforms of several images, and the transformed gradient.
func WinogradWorkspace(height, width, in, out int) int {
	tiles := WinogradBand(height, width, in, out) * WinogradTiles(width)
	image := WinogradPadded(height, width, max(in, out)) + WinogradPlanes*(WinogradPlane(tiles, in)+WinogradPlane(tiles, out))
	several := tiles * WinogradImages(height, width, in, out)
	return image + WinogradPlanes*(WinogradPlane(several, in)+WinogradPlane(several, out)+WinogradPlane(in, out))
}

// WinogradPadded returns the float32 values of an image with its border, filled up to whole tiles.
func WinogradPadded(height, width, channels int) int {
	return (4*WinogradTiles(height) + 2) * (4*WinogradTiles(width) + 2) * channels
}

// WinogradPlanes is the number of products of a tile and channel: 6×6.
const WinogradPlanes = 36

// WinogradPlane returns the elements from one plane of a transformed image to the next. It is a
// cache line longer than needed, so the 36 planes do not fall on one set of the cache.
func WinogradPlane(tiles, channels int) int { return (tiles*channels + 31) / 16 * 16 }

// WinogradWeightsPlane returns the elements from one plane of transformed weights to the next, in a
// block of [PackChannels] outputs: a cache line more than needed, as [WinogradPlane].
func WinogradWeightsPlane(from int) int { return from*PackChannels + 16 }

// WinogradWeights returns the elements of weights transformed from so many channels to so many.
func WinogradWeights(from, to int) int {
	return PackBlocks(to) * WinogradPlanes * WinogradWeightsPlane(from)
}

// WinogradBlockMemory is the elements that a worker needs for the weight gradient from a block of
// channels to another: one transformed, and the sums of the groups' tree, at most five at a time.
const WinogradBlockMemory = WinogradPlanes*(PackChannels*PackChannels+16) + 5*9*PackChannels*PackChannels

// A direct convolution's gradient of weights that is summed over the batch goes by blocks.
const (
	WeightBlockRows    = 128 // input channels of a tap
	WeightBlockColumns = 128 // output channels
	WeightBlock        = WeightBlockRows * WeightBlockColumns

	// WeightBlockMemory is the elements that a worker needs: the sums of the groups' tree, at most
	// five at a time.
	WeightBlockMemory = 5 * WeightBlock
)

// KernelRowsApart reports whether the gradient of a direct convolution's weights is a sum of its
// own for each kernel row, where rows outside the image are left out. Else all taps are one sum,
// where they count as zeros: that makes fewer tiles of six rows.
func KernelRowsApart(kernel, in int) bool {
	tiles := func(rows int) int { return (rows + 5) / 6 }
	return tiles(kernel*kernel*in) >= kernel*tiles(kernel*in)
}

// WinogradTransform returns the elements of each transform of a convolution of the whole batch: in
// planes, or for the weight gradient in blocks of channels.
func WinogradTransform(height, width, images, in, out int) int {
	tiles, channels := WinogradTiles(height)*WinogradTiles(width), max(in, out)
	blocks := PackBlocks(channels) * images * WinogradPlane(tiles, PackChannels) // [channels/16][images][36][tiles][16]
	return WinogradPlanes * max(WinogradPlane(tiles*images, channels), blocks)
}

// WinogradInferImages returns how many images of a chunk an inference transforms before it
// multiplies. They give the products a worthwhile length, and stay in a core's cache.
func WinogradInferImages(height, width, in, out, chunk int) int {
	const tiles = 32
	return max(1, min(chunk, WinogradImages(height, width, in, out), tiles/(WinogradTiles(height)*WinogradTiles(width))))
}

// WinogradInferWorkspace returns the workspace of an inference on so many images at once, in
// float32 values: both transforms, and a row of tiles of the output.
func WinogradInferWorkspace(height, width, in, out, images int) int {
	cols := WinogradTiles(width)
	tiles := WinogradBand(height, width, in, out) * cols * images
	return WinogradPlanes*(WinogradPlane(tiles, in)+WinogradPlane(tiles, out)) + 4*4*cols*out
}

// InferBand returns how many rows of a direct convolution's output an inference computes before it
// activates them. They stay in a core's cache, and give the products a worthwhile length.
func InferBand(height, width, channels int) int {
	const pixels, bytes = 96, 1 << 17
	return min(height, max((pixels+width-1)/width, bytes/(Float32Bytes*width*channels)))
}
