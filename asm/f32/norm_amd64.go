//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// lanes is the channels of a register of AVX2, which most kernels work on at a time. Numbers of channels that are no
// multiple are left to the portable versions.
const lanes = 8

func vectors(channels int) bool { return cpu.Active() >= cpu.AVX2 && channels%lanes == 0 }

// width returns how many channels from c on one call of the kernels that have several widths works on: several
// neighbouring lines where AVX-512 has the registers, so that memory is read and written from front to back.
func width(channels, c int) int {
	switch rest := channels - c; {
	case !lines(channels):
		return lanes
	case cpu.Active() >= cpu.AVX512 && rest >= 4*line:
		return 4 * line
	case cpu.Active() >= cpu.AVX512 && rest >= 2*line:
		return 2 * line
	}
	return line
}

func activate(dst []float32, pitch int, src []float32, rows int, mean, scale, beta []float32, leak float32) {
	channels := len(mean)
	if !vectors(channels) {
		activateGeneric(dst, pitch, src, rows, mean, scale, beta, leak)
		return
	}
	row := len(src) / rows
	cols, step, gap := row/channels, 4*channels, 4*(pitch-row)
	for c := 0; c < channels; {
		w := width(channels, c)
		switch w {
		case 4 * line:
			activate64AVX512(&dst[c], &src[c], &mean[c], &scale[c], &beta[c], leak, rows, cols, step, gap)
		case 2 * line:
			activate32AVX512(&dst[c], &src[c], &mean[c], &scale[c], &beta[c], leak, rows, cols, step, gap)
		case line:
			activate16AVX2(&dst[c], &src[c], &mean[c], &scale[c], &beta[c], leak, rows, cols, step, gap)
		default:
			activate8AVX2(&dst[c], &src[c], &mean[c], &scale[c], &beta[c], leak, rows, cols, step, gap)
		}
		c += w
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
	pixels, step, past := len(x)/channels, 4*channels, streams(dz, stream)
	for c := 0; c < channels; {
		w := width(channels, c)
		switch w {
		case 4 * line:
			activateGradient64AVX512(&dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c], leak, &sum[c], &dot[c], pixels, step, past)
		case 2 * line:
			activateGradient32AVX512(&dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c], leak, &sum[c], &dot[c], pixels, step, past)
		case line:
			activateGradient16AVX2(&dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c], leak, &sum[c], &dot[c], pixels, step, past)
		default:
			activateGradient8AVX2(&dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c], leak, &sum[c], &dot[c], pixels, step)
		}
		c += w
	}
}

func normGradient(dx []float32, pitch int, dz, x []float32, rows int, mean, a, b, d []float32) {
	channels := len(mean)
	if !vectors(channels) {
		normGradientGeneric(dx, pitch, dz, x, rows, mean, a, b, d)
		return
	}
	row := len(x) / rows
	cols, step, gap := row/channels, 4*channels, 4*(pitch-row)
	for c := 0; c < channels; {
		w := width(channels, c)
		switch w {
		case 4 * line:
			normGradient64AVX512(&dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap)
		case 2 * line:
			normGradient32AVX512(&dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap)
		case line:
			normGradient16AVX2(&dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap)
		default:
			normGradient8AVX2(&dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c], rows, cols, step, gap)
		}
		c += w
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

// The assembly works on as many channels as its name says: step is the number of bytes from one pixel to the next, gap that
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

//go:noescape
func activate64AVX512(dst, src, mean, scale, beta *float32, leak float32, rows, cols, step, gap int)

//go:noescape
func activate32AVX512(dst, src, mean, scale, beta *float32, leak float32, rows, cols, step, gap int)

//go:noescape
func normGradient64AVX512(dx, dz, x, mean, a, b, d *float32, rows, cols, step, gap int)

//go:noescape
func normGradient32AVX512(dx, dz, x, mean, a, b, d *float32, rows, cols, step, gap int)
