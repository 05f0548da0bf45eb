package f32

import "unsafe"

// momentsKernels are the kernels that only read: sums over the pixels of one image.
type momentsKernels struct{ moments, channelSum blocks[momentsArgs] }

var momentsFamily = newFamily("batch-norm statistics, channel sums", "", momentsKernels{})

// momentsArgs is one call: pixels are step bytes apart. The chains of Moments are those of
// [PixelSums]. ChannelSum has one sum, without chains in memory.
type momentsArgs struct {
	x, sum, square, first *float32
	pixels, step          int
}

// Moments adds Σ d and Σ d² of each channel of a part of an image to its sums, where d = x − the
// channel's value in the image's first pixel. The squares are added fused.
func Moments(x []float32, s *PixelSums) {
	channels := s.channels
	pixels, first := s.begin("Moments", x, channels)
	if first {
		copy(s.row(4), x)
	}
	kernels := momentsFamily.active().moments.of(channels)
	if len(kernels) == 0 {
		momentsGeneric(x, s)
		return
	}
	var args momentsArgs
	args.step = 4 * channels
	for v := visitsOf(1, pixels, channels, kernels[0].channels); v.next(); {
		at := v.at(0, channels)
		args.pixels = v.cols
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.x, args.first = &x[at+c], s.first(c)
			args.sum, args.square = s.from(c)
			k[0].run(noescape(&args))
		}
	}
}

// ChannelSum computes the sum of each channel of x, in two chains as those of [Moments].
func ChannelSum(sum, x []float32) {
	wholePixels("ChannelSum", x, len(sum))
	channels := len(sum)
	kernels := momentsFamily.active().channelSum.of(channels)
	if len(kernels) == 0 {
		channelSumGeneric(sum, x)
		return
	}
	var args momentsArgs
	args.pixels, args.step = len(x)/channels, 4*channels
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.x, args.sum = &x[c], &sum[c]
		kernels[0].run(noescape(&args))
	}
}

// AddChannelSum adds to sum what [ChannelSum] computes.
func AddChannelSum(sum, x []float32) {
	wholePixels("AddChannelSum", x, len(sum))
	channels := len(sum)
	kernels := momentsFamily.active().channelSum.of(channels)
	if len(kernels) == 0 {
		addChannelSumGeneric(sum, x)
		return
	}
	var block scratch
	var args momentsArgs
	args.pixels, args.step, args.sum = len(x)/channels, 4*channels, block.pixel()
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.x = &x[c]
		kernels[0].run(noescape(&args))
		addGeneric(sum[c:][:kernels[0].channels], sum[c:], unsafe.Slice(args.sum, kernels[0].channels))
	}
}

// ChannelMean computes the mean of each channel of x, [pixels][len(mean)]: the sums of [ChannelSum]
// times 1/pixels, rounded.
func ChannelMean(mean, x []float32) {
	wholePixels("ChannelMean", x, len(mean))
	ChannelSum(mean, x)
	scale := 1 / float32(len(x)/len(mean))
	for c := range mean {
		mean[c] *= scale
	}
}

// Broadcast sets every pixel of dst to v.
func Broadcast(dst, v []float32) {
	wholePixels("Broadcast", dst, len(v))
	for i := 0; i < len(dst); i += len(v) {
		copy(dst[i:], v)
	}
}

func wholePixels(kernel string, x []float32, channels int) {
	if !(channels > 0 && len(x) > 0 && len(x)%channels == 0) {
		fail(kernel, "got %d elements, want whole pixels of %d channels", len(x), channels)
	}
}
