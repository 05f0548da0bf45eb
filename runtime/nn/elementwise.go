package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/conv"
)

// PutInHalo copies an image into the interior of a buffer with a halo of so many pixels.
func PutInHalo(dst, image []float32, height, width, channels, border int) {
	layout := conv.Halo(height, width, channels, border)
	layout.Put(dst, image)
}

// Add computes y = y + x.
func Add(y, x []float32) { f32.Add(y, y, x) }

// Sum computes y = x + e.
func Sum(y, x, e []float32) { f32.Add(y, x, e) }

// Activate computes a = leaky(z): z, or leak·z where it is negative.
func Activate(a, z []float32, leak float32) {
	for i, v := range z {
		if v < 0 {
			v *= leak
		}
		a[i] = v
	}
}

// ActivationGradient computes the gradient of z from that of a = leaky(z).
func ActivationGradient(dz, da, z []float32, leak float32) {
	for i, v := range da {
		if z[i] < 0 {
			v *= leak
		}
		dz[i] = v
	}
}

// Pool is the geometry of a shortcut that changes the number of channels or the size: an average pool of
// Stride×Stride without padding, then (Out−In)/2 channels of zeros before and after.
type Pool struct{ Stride, Height, Width, In, Out int }

// Apply computes y = pool(x).
func (p *Pool) Apply(y, x []float32) {
	clear(y)
	p.Add(y, x)
}

// Add computes y = y + pool(x).
func (p *Pool) Add(y, x []float32) { f32.PoolAdd(y, x, p.Height, p.Width, p.In, p.Out, p.Stride) }

// AddGradient computes dx = dx + the gradient of the pool's input from dy, that of its output.
func (p *Pool) AddGradient(dx, dy []float32) {
	f32.PoolGradientAdd(dx, dy, p.Height, p.Width, p.In, p.Out, p.Stride)
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
