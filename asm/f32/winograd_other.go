//go:build !amd64 || purego

package f32

func (g *Grid) transformInput(v, x []float32, pitch int)  { g.transformInputGeneric(v, x, pitch) }
func (g *Grid) transformOutput(y, m []float32, pitch int) { g.transformOutputGeneric(y, m, pitch) }

func transformWeights(u []float32, plane int, w []float32, tap int) {
	transformWeightsGeneric(u, plane, w, tap)
}

func (g *Grid) transformGradient(w, dy []float32, pitch int) {
	g.transformGradientGeneric(w, dy, pitch)
}

func transformWeightGradient(dw []float32, tap int, du []float32, plane, n int) {
	transformWeightGradientGeneric(dw, tap, du, plane, n)
}
