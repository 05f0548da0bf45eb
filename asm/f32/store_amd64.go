//go:build amd64 && !purego

package f32

import (
	"unsafe"

	"github.com/resnetgen/resnetgen/asm/cpu"
)

// line is the channels of a cache line, which the kernels that may stream work on at a time.
const line = 2 * lanes

func lines(channels int) bool { return cpu.Active() >= cpu.AVX2 && channels%line == 0 }

// streams reports, as the assembly takes it, whether to write past the caches.
func streams(dst []float32, stream bool) int {
	if stream && uintptr(unsafe.Pointer(unsafe.SliceData(dst)))%64 == 0 {
		return 1
	}
	return 0
}

func storeMoments(dst, src, add, sum, square []float32, stream bool) {
	channels := len(sum)
	if !lines(channels) {
		storeMomentsParts(dst, src, add, sum, square)
		return
	}
	for c := 0; c < channels; c += line {
		if add == nil {
			storeMoments16AVX2(&dst[c], &src[c], &sum[c], &square[c], len(src)/channels, 4*channels, streams(dst, stream))
		} else {
			storeSumMoments16AVX2(&dst[c], &src[c], &add[c], &sum[c], &square[c], len(src)/channels, 4*channels, streams(dst, stream))
		}
	}
}

func normGradientSum(dx, halo []float32, pitch int, dz, x, e []float32, rows int, mean, a, b, d []float32, stream bool) {
	channels := len(mean)
	if !lines(channels) {
		normGradientSumParts(dx, halo, pitch, dz, x, e, rows, mean, a, b, d)
		return
	}
	row, gap, step := len(x)/rows, 4*(pitch-len(x)/rows), 1
	var nowhere [line]float32
	if halo == nil { // each pixel is a row, and all rows are this one
		halo, step = nowhere[:], 0
		rows, row, gap = len(x)/channels, channels, -4*channels
	}
	for c := 0; c < channels; c += line {
		normGradientSum16AVX2(&dx[c], &halo[c*step], &dz[c], &x[c], &e[c], &mean[c], &a[c], &b[c], &d[c],
			rows, row/channels, 4*channels, gap, streams(dx, stream))
	}
}

// The assembly works on sixteen channels: step is the number of bytes from one pixel to the next, gap that from the end
// of a row of the halo to the next row; stream is not 0 to write past the caches.

//go:noescape
func storeMoments16AVX2(dst, src, sum, square *float32, pixels, step, stream int)

//go:noescape
func storeSumMoments16AVX2(dst, src, add, sum, square *float32, pixels, step, stream int)

//go:noescape
func activateGradient16AVX2(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step, stream int)

//go:noescape
func normGradientSum16AVX2(dx, halo, dz, x, e, mean, a, b, d *float32, rows, cols, step, gap, stream int)
