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

// vectorWidth returns how many channels one call transforms.
func vectorWidth(channels int) int {
	if cpu.Active() >= cpu.AVX512 && channels%line == 0 {
		return line
	}
	return lanes
}

func (g *Grid) transformInput(v, x []float32, pitch int) {
	if !vectors(g.Channels) {
		g.transformInputGeneric(v, x, pitch)
		return
	}
	steps, width := g.steps(pitch), vectorWidth(g.Channels)
	for row := range g.Rows {
		v, x := v[row*g.Cols*g.Channels:], x[4*row*pitch:]
		for c := 0; c < g.Channels; c += width {
			if width == line {
				winogradInput16AVX512(&v[c], &x[c], g.Cols, &steps)
			} else {
				winogradInput8AVX2(&v[c], &x[c], g.Cols, &steps)
			}
		}
	}
}

func (g *Grid) transformOutput(y, m []float32, pitch int) {
	if !vectors(g.Channels) {
		g.transformOutputGeneric(y, m, pitch)
		return
	}
	steps, width := g.steps(pitch), vectorWidth(g.Channels)
	for row := range g.Rows {
		y, m := y[4*row*pitch:], m[row*g.Cols*g.Channels:]
		for c := 0; c < g.Channels; c += width {
			if width == line {
				winogradOutput16AVX512(&y[c], &m[c], g.Cols, &steps)
			} else {
				winogradOutput8AVX2(&y[c], &m[c], g.Cols, &steps)
			}
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
	steps, width := g.steps(pitch), vectorWidth(g.Channels)
	for row := range g.Rows {
		w, dy := w[row*g.Cols*g.Channels:], dy[4*row*pitch:]
		for c := 0; c < g.Channels; c += width {
			if width == line {
				winogradGradient16AVX512(&w[c], &dy[c], g.Cols, &steps)
			} else {
				winogradGradient8AVX2(&w[c], &dy[c], g.Cols, &steps)
			}
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

// The assembly transforms a row of tiles, eight or sixteen channels of them.

//go:noescape
func winogradInput8AVX2(v, x *float32, tiles int, steps *winogradSteps)

//go:noescape
func winogradInput16AVX512(v, x *float32, tiles int, steps *winogradSteps)

//go:noescape
func winogradOutput8AVX2(y, m *float32, tiles int, steps *winogradSteps)

//go:noescape
func winogradOutput16AVX512(y, m *float32, tiles int, steps *winogradSteps)

// winogradWeights8AVX2 transforms eight kernels; columns is its scratch, plane and tap are in bytes.
//
//go:noescape
func winogradWeights8AVX2(u, w *float32, columns *[WinogradPlanes * lanes]float32, plane, tap int)

//go:noescape
func winogradGradient8AVX2(w, dy *float32, tiles int, steps *winogradSteps)

//go:noescape
func winogradGradient16AVX512(w, dy *float32, tiles int, steps *winogradSteps)

// winogradWeightGradient8AVX2 transforms n kernels, a positive multiple of eight; tap and plane are in bytes.
//
//go:noescape
func winogradWeightGradient8AVX2(dw, du *float32, columns *[WinogradPlanes * lanes]float32, tap, plane, n int)
