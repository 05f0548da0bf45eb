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

// AddPixelSums adds the sum of x over the pixels of one image to each channel of sums.
func AddPixelSums(sums, x []float32) { f32.AddChannelSum(sums, x) }

// Sum computes y = x + e.
func Sum(y, x, e []float32) { f32.Add(y, x, e) }
