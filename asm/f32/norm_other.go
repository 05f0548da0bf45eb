//go:build !amd64 || purego

package f32

func activate(dst []float32, pitch int, src []float32, rows int, mean, scale, beta []float32, leak float32) {
	activateGeneric(dst, pitch, src, rows, mean, scale, beta, leak)
}

func moments(x, sum, square []float32) { momentsGeneric(x, sum, square) }

func activateGradient(dz, da, x, mean, scale, beta []float32, leak float32, sum, dot []float32, _ bool) {
	activateGradientGeneric(dz, da, x, mean, scale, beta, leak, sum, dot)
}

func normGradient(dx []float32, pitch int, dz, x []float32, rows int, mean, a, b, d []float32) {
	normGradientGeneric(dx, pitch, dz, x, rows, mean, a, b, d)
}

func channelSum(sum, x []float32) { channelSumGeneric(sum, x) }
