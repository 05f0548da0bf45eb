//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

// winogradSteps is how a row of tiles is walked, in bytes.
type winogradSteps struct {
	Pitch, Pixel int // of the image
	Tile         int // from one tile to the next in the image
	Plane        int // of the transformed image
	Next         int // from one tile to the next there
}

func (g *Grid) steps(pitch int) winogradSteps {
	return winogradSteps{
		Pitch: 4 * pitch, Pixel: 4 * g.Channels, Tile: 16 * g.Channels, Plane: 4 * g.Plane, Next: 4 * g.Channels,
	}
}

func (g *Grid) transformInput(v, x []float32, pitch int) {
	if !vectors(g.Channels) {
		g.transformInputGeneric(v, x, pitch)
		return
	}
	steps := g.steps(pitch)
	for row := range g.Rows {
		for c := 0; c < g.Channels; c += lanes {
			winogradInput8AVX2(&v[row*g.Cols*g.Channels+c], &x[4*row*pitch+c], g.Cols, &steps)
		}
	}
}

func (g *Grid) transformOutput(y, m []float32, pitch int) {
	if !vectors(g.Channels) {
		g.transformOutputGeneric(y, m, pitch)
		return
	}
	steps := g.steps(pitch)
	for row := range g.Rows {
		for c := 0; c < g.Channels; c += lanes {
			winogradOutput8AVX2(&y[4*row*pitch+c], &m[row*g.Cols*g.Channels+c], g.Cols, &steps)
		}
	}
}

func transformWeights(u []float32, plane int, w []float32, tap int) {
	if cpu.Active() < cpu.AVX2 {
		transformWeightsGeneric(u, plane, w, tap)
		return
	}
	var columns [WinogradPlanes * lanes]float32
	winogradWeights8AVX2(&u[0], &w[0], &columns, 4*plane, 4*tap)
}

func (g *Grid) transformGradient(w, dy []float32, pitch int) {
	if !vectors(g.Channels) {
		g.transformGradientGeneric(w, dy, pitch)
		return
	}
	steps := g.steps(pitch)
	for row := range g.Rows {
		for c := 0; c < g.Channels; c += lanes {
			winogradGradient8AVX2(&w[row*g.Cols*g.Channels+c], &dy[4*row*pitch+c], g.Cols, &steps)
		}
	}
}

func transformWeightGradient(dw []float32, tap int, du []float32, plane, n int) {
	whole := 0
	if cpu.Active() >= cpu.AVX2 {
		whole = n &^ (lanes - 1)
	}
	if whole > 0 {
		var columns [WinogradPlanes * lanes]float32
		winogradWeightGradient8AVX2(&dw[0], &du[0], &columns, 4*tap, 4*plane, whole)
	}
	if whole < n {
		transformWeightGradientGeneric(dw[whole:], tap, du[whole:], plane, n-whole)
	}
}

// The assembly transforms a row of tiles, eight channels of them.

//go:noescape
func winogradInput8AVX2(v, x *float32, tiles int, steps *winogradSteps)

//go:noescape
func winogradOutput8AVX2(y, m *float32, tiles int, steps *winogradSteps)

// winogradWeights8AVX2 transforms eight kernels; columns is its scratch, plane and tap are in bytes.
//
//go:noescape
func winogradWeights8AVX2(u, w *float32, columns *[WinogradPlanes * lanes]float32, plane, tap int)

//go:noescape
func winogradGradient8AVX2(w, dy *float32, tiles int, steps *winogradSteps)

// winogradWeightGradient8AVX2 transforms n kernels, a positive multiple of eight; tap and plane are in bytes.
//
//go:noescape
func winogradWeightGradient8AVX2(dw, du *float32, columns *[WinogradPlanes * lanes]float32, tap, plane, n int)
