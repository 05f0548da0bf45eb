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

// ActivationGradient computes the gradient of z from that of a = leaky(z). The derivative at 0 is
// 1.
func ActivationGradient(dz, da, z []float32, leak float32) {
	for i, v := range da {
		if z[i] < 0 {
			v *= leak
		}
		dz[i] = v
	}
}

// ActivationGradientLeakAtZero is [ActivationGradient] with the derivative leak at 0. z may be a:
// where one is above 0, the other is, too.
func ActivationGradientLeakAtZero(dz, da, z []float32, leak float32) {
	for i, v := range da {
		if !(z[i] > 0) {
			v *= leak
		}
		dz[i] = v
	}
}
