//go:build !amd64 || purego

package f32

func storeMoments(dst, src, add, sum, square []float32, _ bool) {
	storeMomentsParts(dst, src, add, sum, square)
}

func normGradientSum(dx, halo []float32, pitch int, dz, x, e []float32, rows int, mean, a, b, d []float32, _ bool) {
	normGradientSumParts(dx, halo, pitch, dz, x, e, rows, mean, a, b, d)
}
