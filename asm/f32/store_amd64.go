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
	pixels, step, past := len(src)/channels, 4*channels, streams(dst, stream)
	for c := 0; c < channels; {
		w := width(channels, c)
		var other *float32
		if add != nil {
			other = &add[c]
		}
		switch {
		case w == 4*line:
			storeMoments64AVX512(&dst[c], &src[c], other, &sum[c], &square[c], pixels, step, past)
		case w == 2*line:
			storeMoments32AVX512(&dst[c], &src[c], other, &sum[c], &square[c], pixels, step, past)
		case add == nil:
			storeMoments16AVX2(&dst[c], &src[c], &sum[c], &square[c], pixels, step, past)
		default:
			storeSumMoments16AVX2(&dst[c], &src[c], other, &sum[c], &square[c], pixels, step, past)
		}
		c += w
	}
}

func normGradientSum(dx, halo []float32, pitch int, dz, x, e []float32, rows int, mean, a, b, d []float32, stream bool) {
	channels := len(mean)
	if !lines(channels) {
		normGradientSumParts(dx, halo, pitch, dz, x, e, rows, mean, a, b, d)
		return
	}
	row, gap, haloStep := len(x)/rows, 4*(pitch-len(x)/rows), 4*channels
	var nowhere [4 * line]float32
	if halo == nil { // all pixels of the halo are this one
		gap, haloStep = 0, 0
	}
	cols, step, past := row/channels, 4*channels, streams(dx, stream)
	for c := 0; c < channels; {
		w, copied := width(channels, c), &nowhere[0]
		if halo != nil {
			copied = &halo[c]
		}
		switch w {
		case 4 * line:
			normGradientSum64AVX512(&dx[c], copied, &dz[c], &x[c], &e[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap, haloStep, past)
		case 2 * line:
			normGradientSum32AVX512(&dx[c], copied, &dz[c], &x[c], &e[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap, haloStep, past)
		default:
			normGradientSum16AVX2(&dx[c], copied, &dz[c], &x[c], &e[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap, haloStep, past)
		}
		c += w
	}
}

// The assembly works on as many channels as its name says: step is the number of bytes from one pixel to the next,
// haloStep that in the halo, gap that from the end of a row of the halo to the next row; stream is not 0 to write past the caches.

//go:noescape
func storeMoments16AVX2(dst, src, sum, square *float32, pixels, step, stream int)

//go:noescape
func storeSumMoments16AVX2(dst, src, add, sum, square *float32, pixels, step, stream int)

//go:noescape
func activateGradient16AVX2(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step, stream int)

//go:noescape
func normGradientSum16AVX2(dx, halo, dz, x, e, mean, a, b, d *float32, rows, cols, step, gap, haloStep, stream int)

// storeMoments64AVX512 adds nothing where add is nil.
//
//go:noescape
func storeMoments64AVX512(dst, src, add, sum, square *float32, pixels, step, stream int)

//go:noescape
func storeMoments32AVX512(dst, src, add, sum, square *float32, pixels, step, stream int)

//go:noescape
func activateGradient64AVX512(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step, stream int)

//go:noescape
func activateGradient32AVX512(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step, stream int)

//go:noescape
func normGradientSum64AVX512(dx, halo, dz, x, e, mean, a, b, d *float32, rows, cols, step, gap, haloStep, stream int)

//go:noescape
func normGradientSum32AVX512(dx, halo, dz, x, e, mean, a, b, d *float32, rows, cols, step, gap, haloStep, stream int)
