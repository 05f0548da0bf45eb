//go:build !amd64 || purego

package f32

func sumActivate(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols, step int, scale, shift []float32, leak float32) {
	sumActivateGeneric(sum, act, actPitch, src, srcPitch, add, rows, cols, step, scale, shift, leak)
}
