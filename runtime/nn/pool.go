package nn

import "github.com/resnetgen/resnetgen/asm/f32"

// Pool is a shortcut that changes the size or the number of channels: an average pool of
// Stride×Stride windows without padding, then (Out−In)/2 channels of zeros before and after.
type Pool struct{ Stride, Height, Width, In, Out int }

// Apply computes y = pool(x).
func (p *Pool) Apply(y, x []float32) {
	clear(y)
	p.Add(y, x)
}

// Add computes y = y + pool(x).
func (p *Pool) Add(y, x []float32) { (*f32.Pool)(p).Add(y, x) }

// AddGradient computes dx = dx + the gradient of the pool's input from dy, that of its output.
func (p *Pool) AddGradient(dx, dy []float32) {
	(*f32.Pool)(p).AddGradient(dx, dy)
}

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
