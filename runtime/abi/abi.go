// Package abi holds the constants that generated code, the kernels and the generator agree on.
// Whoever changes one of them, or the bits that any kernel defines, raises [Version].
package abi

// Version names the contract between generated code and this runtime. Generated packages refer to
// the constant [V6OrRunResnetgenGenerate] of their own version, so that a stale package fails to
// compile.
const Version = 6

// V6OrRunResnetgenGenerate exists in runtimes of ABI version 6 alone, and every package generated
// for these refers to it: one that is linked with another runtime does not compile, and the
// compiler's message, which is all that its user sees, says what to do.
const V6OrRunResnetgenGenerate = Version

const (
	// Groups is the fixed number of groups of contiguous images over which everything that is
	// summed over a batch is summed: weight gradients, batch-norm sums, losses. Each group is
	// summed in image order by one worker, and the groups are combined by one balanced binary tree.
	// It bounds how many workers can share a training step, and is part of the definition of every
	// result's bits.
	Groups = 16

	// PackChannels is the number of output channels that a convolution tile computes together, and
	// so the innermost dimension of packed weights.
	PackChannels = 16

	// NormCoefficients is the number of float32 values a channel that a batch normalization keeps
	// from its forward to its backward pass.
	NormCoefficients = 8

	// Align is the alignment in bytes of every buffer in an arena: a cache line, and two AVX
	// registers.
	Align = 64

	// WinogradBatch is what a network's layers say of an algorithm whose weight gradient is one sum
	// over the whole batch: it knows no groups.
	WinogradBatch = "winograd, whole batch"

	// Float32Bytes is the size of an element of an activation, weight or gradient.
	Float32Bytes = 4
)

// Aligned rounds a number of bytes up to a multiple of [Align].
func Aligned(n int64) int64 { return (n + Align - 1) / Align * Align }

// PackBlocks returns how many blocks of [PackChannels] hold so many channels.
func PackBlocks(channels int) int { return (channels + PackChannels - 1) / PackChannels }

// GroupFirst returns the first image of group g when a batch of n images is split into [Groups]
// contiguous groups; group g ends where group g+1 starts. With fewer images than groups some are
// empty.
func GroupFirst(n, g int) int { return n * g / Groups }

// WinogradTiles returns how many tiles of 4×4 outputs cover an image's side.
func WinogradTiles(side int) int { return (side + 3) / 4 }

// WinogradImages returns how many images of that size a weight gradient transforms before it sums
// their products: as many as give the products of matrices a worthwhile length.
func WinogradImages(height, width int) int {
	const tiles, images = 64, 8
	return max(1, min(images, tiles/(WinogradTiles(height)*WinogradTiles(width))))
}

// WinogradWorkspace returns the float32 values that a Winograd convolution of images of that size
// needs while it works on them: the image with its border, filled up to whole tiles, and both
// transformed images; then, for the weight gradient, both transforms of several images and the
// transformed gradient.
func WinogradWorkspace(height, width, in, out int) int {
	rows, cols := WinogradTiles(height), WinogradTiles(width)
	image := (4*rows+2)*(4*cols+2)*max(in, out) + WinogradPlanes*(WinogradPlane(rows*cols, in)+WinogradPlane(rows*cols, out))
	several := rows * cols * WinogradImages(height, width)
	return image + WinogradPlanes*(WinogradPlane(several, in)+WinogradPlane(several, out)+WinogradPlane(in, out))
}

// WinogradPlanes is the number of products of a channel that a tile takes: 6×6.
const WinogradPlanes = 36

// WinogradPlane returns the elements from one plane of a transformed image to the next: a cache
// line more than it needs, so that the 36 planes do not fall on one set of the cache.
func WinogradPlane(tiles, channels int) int { return (tiles*channels + 31) / 16 * 16 }

// WinogradChunk is the elements of a piece of a transformed weight gradient that a worker makes at
// a time: 16 inputs by 160 outputs.
const WinogradChunk = WinogradPlanes * (16*160 + 16)

// WinogradInferImages returns how many images of that size, of a chunk, an inference transforms
// before it multiplies: as many as give the products a worthwhile length while they stay in a
// core's cache.
func WinogradInferImages(height, width, chunk int) int {
	const tiles = 32
	return max(1, min(chunk, tiles/(WinogradTiles(height)*WinogradTiles(width))))
}

// WinogradInferWorkspace returns the float32 values that an inference needs while it works on so
// many images together.
func WinogradInferWorkspace(height, width, in, out, images int) int {
	tiles := WinogradTiles(height) * WinogradTiles(width) * images
	return WinogradPlanes * (WinogradPlane(tiles, in) + WinogradPlane(tiles, out))
}
