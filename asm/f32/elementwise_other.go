//go:build !amd64 || purego

package f32

func add(dst, a, b []float32)                    { addGeneric(dst, a, b) }
func addScaled(dst, x []float32, s float32)      { addScaledGeneric(dst, x, s) }
func sumSquares(chains *[8]float64, x []float32) { sumSquaresGeneric(chains, x) }

func momentumStep(v, a, g []float32, rate, momentum float32) {
	momentumStepGeneric(v, a, g, rate, momentum)
}
