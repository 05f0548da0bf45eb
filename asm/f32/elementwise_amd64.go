//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// chunk is how many elements one call of the assembly takes, which cannot be preempted: some microseconds.
const chunk = 1 << 14

// inChunks calls f for runs of the elements before the last n%lanes ones, and returns how many those are.
func inChunks(n int, f func(first, n int)) int {
	if cpu.Active() < cpu.AVX2 {
		return 0
	}
	end := n &^ (lanes - 1)
	for i := 0; i < end; i += chunk {
		f(i, min(chunk, end-i))
	}
	return end
}

func add(dst, a, b []float32) {
	n := inChunks(len(dst), func(i, n int) { addAVX2(&dst[i], &a[i], &b[i], n) })
	addGeneric(dst[n:], a[n:], b[n:])
}

func addScaled(dst, x []float32, s float32) {
	n := inChunks(len(dst), func(i, n int) { addScaledAVX2(&dst[i], &x[i], s, n) })
	addScaledGeneric(dst[n:], x[n:], s)
}

func momentumStep(v, a, g []float32, rate, momentum float32) {
	n := inChunks(len(v), func(i, n int) { momentumAVX2(&v[i], &a[i], &g[i], rate, momentum, n) })
	momentumStepGeneric(v[n:], a[n:], g[n:], rate, momentum)
}

func sumSquares(chains *[8]float64, x []float32) {
	n := inChunks(len(x), func(i, n int) { sumSquaresAVX2(chains, &x[i], n) })
	sumSquaresGeneric(chains, x[n:])
}

// n is a positive multiple of lanes.

//go:noescape
func addAVX2(dst, a, b *float32, n int)

//go:noescape
func addScaledAVX2(dst, x *float32, s float32, n int)

//go:noescape
func momentumAVX2(v, a, grad *float32, rate, momentum float32, n int)

//go:noescape
func sumSquaresAVX2(chains *[8]float64, x *float32, n int)
