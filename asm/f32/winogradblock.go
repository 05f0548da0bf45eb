package f32

// WinogradBlock is the weight gradient of a 3×3 convolution from [TileChannels] inputs to as many
// outputs, of a group of images by Winograd's F(4×4, 3×3). Both of them are transformed to blocks
// of channels: [Images] of [36] planes of [Tiles][TileChannels].
type WinogradBlock struct {
	Images, Tiles int
	Image, Plane  int // elements from one image to the next, and from one plane
}

// Planes of a block's transformed gradient are a cache line longer than needed, so they do not fall
// on one set of the cache.
const (
	gradientBlock = TileChannels * TileChannels
	gradientPlane = gradientBlock + 16

	// WinogradBlockScratch is how many elements [WinogradBlock.WeightGradient] needs for itself.
	WinogradBlockScratch = WinogradPlanes * gradientPlane
)

// blockSteps is how many outer products one call has, or else one plane: assembly cannot be
// preempted.
const blockSteps = 1 << 14

// winogradBlockKernels compute the transformed gradient, plane by plane.
type winogradBlockKernels struct{ products func(a *winogradBlockArgs) }

var winogradBlockFamily = newFamily("Winograd's weight gradients of a batch", "", winogradBlockKernels{})

// winogradBlockArgs is one call; the steps are in bytes.
type winogradBlockArgs struct {
	du, x, dy     *float32
	planes        int // in this call
	images, tiles int
	plane         int // from one plane to the next
	gap           int // from the end of an image's plane to that of the next image
}

// WeightGradient computes dw, [3][3][TileChannels][TileChannels], from the transforms x of the
// inputs and dy of the outputs' gradient:
//
//	du[f][r][c] = Σ over images i, tiles t:  x[i][f][t][r] · dy[i][f][t][c]
//	dw = Gᵀ·du·G, as [TransformWeightGradient]
//
// Each sum is one chain of fused multiply-adds from +0, image by image. The scratch has
// [WinogradBlockScratch] elements, whose contents do not matter. It panics where a slice is
// shorter than the sums need.
func (g *WinogradBlock) WeightGradient(dw, x, dy, scratch []float32) {
	if !(g.Images > 0 && g.Tiles > 0 && g.Image >= 0 && g.Plane >= 0) {
		fail("WeightGradient", "got %+v, want positive sizes, and steps that are not negative", *g)
	}
	need := extent(g.Images, g.Image, extent(WinogradPlanes, g.Plane, times(g.Tiles, TileChannels)))
	if !(len(dw) >= taps*gradientBlock && len(x) >= need && len(dy) >= need && len(scratch) >= WinogradBlockScratch) {
		fail("WeightGradient", "got dw, x, dy, scratch of %d, %d, %d, %d elements, want at least %d, %d, %d, %d",
			len(dw), len(x), len(dy), len(scratch), taps*gradientBlock, need, need, WinogradBlockScratch)
	}
	if products := winogradBlockFamily.active().products; products != nil {
		args := winogradBlockArgs{images: g.Images, tiles: g.Tiles, plane: 4 * g.Plane, gap: 4 * (g.Image - g.Tiles*TileChannels)}
		planes := max(1, blockSteps/(g.Images*g.Tiles))
		for p := 0; p < WinogradPlanes; p += planes {
			args.planes = min(planes, WinogradPlanes-p)
			args.du, args.x, args.dy = &scratch[p*gradientPlane], &x[p*g.Plane], &dy[p*g.Plane]
			products(noescape(&args))
		}
	} else {
		g.productsGeneric(scratch, x, dy)
	}
	TransformWeightGradient(dw, gradientBlock, scratch, gradientPlane, gradientBlock)
}
