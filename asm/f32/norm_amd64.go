//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// lanes is how many channels one call of the assembly works on: a register of them. Other numbers of
// channels are left to the portable versions.
const lanes = 8

func vectors(channels int) bool { return cpu.Active() >= cpu.AVX2 && channels%lanes == 0 }

func activate(dst []float32, pitch int, src []float32, rows int, mean, scale, beta []float32, leak float32) {
	channels := len(mean)
	if !vectors(channels) {
		activateGeneric(dst, pitch, src, rows, mean, scale, beta, leak)
		return
	}
	row := len(src) / rows
	if lines(channels) {
		for c := 0; c < channels; c += line {
			activate16AVX2(&dst[c], &src[c], &mean[c], &scale[c], &beta[c], leak, rows, row/channels, 4*channels, 4*(pitch-row))
		}
		return
	}
	for c := 0; c < channels; c += lanes {
		activate8AVX2(&dst[c], &src[c], &mean[c], &scale[c], &beta[c], leak, rows, row/channels, 4*channels, 4*(pitch-row))
	}
}

func moments(x, sum, square []float32) {
	channels := len(sum)
	if !vectors(channels) {
		momentsGeneric(x, sum, square)
		return
	}
	for c := 0; c < channels; c += lanes {
		moments8AVX2(&x[c], &sum[c], &square[c], len(x)/channels, 4*channels)
	}
}

func activateGradient(dz, da, x, mean, scale, beta []float32, leak float32, sum, dot []float32, stream bool) {
	channels := len(mean)
	if !vectors(channels) {
		activateGradientGeneric(dz, da, x, mean, scale, beta, leak, sum, dot)
		return
	}
	if lines(channels) {
		for c := 0; c < channels; c += line {
			activateGradient16AVX2(&dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c], leak, &sum[c], &dot[c],
				len(x)/channels, 4*channels, streams(dz, stream))
		}
		return
	}
	for c := 0; c < channels; c += lanes {
		activateGradient8AVX2(&dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c], leak, &sum[c], &dot[c], len(x)/channels, 4*channels)
	}
}

func normGradient(dx []float32, pitch int, dz, x []float32, rows int, mean, a, b, d []float32) {
	channels := len(mean)
	if !vectors(channels) {
		normGradientGeneric(dx, pitch, dz, x, rows, mean, a, b, d)
		return
	}
	row := len(x) / rows
	if lines(channels) {
		for c := 0; c < channels; c += line {
			normGradient16AVX2(&dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c], rows, row/channels, 4*channels, 4*(pitch-row))
		}
		return
	}
	for c := 0; c < channels; c += lanes {
		normGradient8AVX2(&dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c], rows, row/channels, 4*channels, 4*(pitch-row))
	}
}

func channelSum(sum, x []float32) {
	channels := len(sum)
	if !vectors(channels) {
		channelSumGeneric(sum, x)
		return
	}
	for c := 0; c < channels; c += lanes {
		channelSum8AVX2(&sum[c], &x[c], len(x)/channels, 4*channels)
	}
}

// The assembly works on eight or sixteen channels: step is the number of bytes from one pixel to the next, gap that
// from the end of a row of dst to the next row.

//go:noescape
func activate8AVX2(dst, src, mean, scale, beta *float32, leak float32, rows, cols, step, gap int)

//go:noescape
func activate16AVX2(dst, src, mean, scale, beta *float32, leak float32, rows, cols, step, gap int)

//go:noescape
func moments8AVX2(x, sum, square *float32, pixels, step int)

//go:noescape
func activateGradient8AVX2(dz, da, x, mean, scale, beta *float32, leak float32, sum, dot *float32, pixels, step int)

//go:noescape
func normGradient8AVX2(dx, dz, x, mean, a, b, d *float32, rows, cols, step, gap int)

//go:noescape
func normGradient16AVX2(dx, dz, x, mean, a, b, d *float32, rows, cols, step, gap int)

//go:noescape
func channelSum8AVX2(sum, x *float32, pixels, step int)
