package f32

// ChannelMean computes the mean of each channel of x, [pixels][len(mean)]: the sums of [ChannelSum] times 1/pixels, rounded.
func ChannelMean(mean, x []float32) {
	wholePixels("ChannelMean", x, len(mean))
	ChannelSum(mean, x)
	scale := 1 / float32(len(x)/len(mean))
	for c := range mean {
		mean[c] *= scale
	}
}
