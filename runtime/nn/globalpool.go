package nn

import "github.com/resnetgen/resnetgen/asm/f32"

// GlobalPool computes the mean of each channel of x, [pixels][len(mean)].
func GlobalPool(mean, x []float32) { f32.ChannelMean(mean, x) }

// GlobalPoolGradient sets every pixel of dx to dmean/pixels, which it leaves in dmean.
func GlobalPoolGradient(dx, dmean []float32) {
	scale := 1 / float32(len(dx)/len(dmean))
	for c := range dmean {
		dmean[c] *= scale
	}
	f32.Broadcast(dx, dmean)
}
