package f32

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var winogradTest = familyTest{
	family: winogradFamily,
	bits: map[string]property{
		"TransformInput":    winogradBits,
		"TransformGradient": winogradGradientBits,
	},
	calls: []call{
		gridCall("TransformInput", 2, (*Grid).TransformInput),
		gridCall("TransformGradient", 0, (*Grid).TransformGradient),
		gridCall("TransformOutput", 0, func(g *Grid, m, y []float32, pitch int) { g.TransformOutput(y, m, pitch) }),
	},
}

// gridCall is a call of one of Grid's methods on 2×3 tiles of 16 channels, in an image with so many
// pixels more a side.
func gridCall(name string, border int, run func(g *Grid, transformed, image []float32, pitch int)) call {
	const plane, pitch, pixel = 2*3*16 + 7, 14*19 + 5, 19
	return call{
		name,
		[]int{2, 3, 16, plane, pitch, pixel},
		nil,
		[]int{35*plane + 2*3*16, (7+border)*pitch + (11+border)*pixel + 16},
		func(n []int, s [][]float32) {
			run(&Grid{Rows: n[0], Cols: n[1], Channels: n[2], Plane: n[3], Pixel: n[5]}, s[0], s[1], n[4])
		},
	}
}

// drawGrid draws a grid of tiles and the pitch of its image's rows.
func drawGrid(t *rapid.T, border int) (g *Grid, pitch int) {
	channels, _ := drawPixels(t)
	g = &Grid{Rows: rapid.IntRange(1, 3).Draw(t, "rows"), Cols: rapid.IntRange(1, 3).Draw(t, "cols"), Channels: channels}
	g.Plane = g.Rows*g.Cols*g.Channels + rapid.IntRange(0, 20).Draw(t, "plane gap")
	pixel := channels
	if rapid.Bool().Draw(t, "a block of channels") {
		pixel += rapid.IntRange(0, 20).Draw(t, "other channels")
		g.Pixel = pixel
	}
	return g, (4*g.Cols+border)*pixel + rapid.IntRange(0, 20).Draw(t, "row gap")
}

func (g *Grid) transformedLen() int { return (WinogradPlanes-1)*g.Plane + g.Rows*g.Cols*g.Channels }

// winogradBits compares every level with the definition.
func winogradBits(t *rapid.T, r *rand.Rand, guards *asmtest.Guards) {
	g, pitch := drawGrid(t, 2)
	x := guards.Copy(t, normal(r, (4*g.Rows+1)*pitch+(4*g.Cols+1)*g.pixel()+g.Channels))
	got, want := asmtest.NaNs(guards.Floats(t, g.transformedLen())), asmtest.NaNs(make([]float32, g.transformedLen()))
	g.TransformInput(got, x, pitch)
	g.transformInputGeneric(want, x, pitch)
	asmtest.SameBits(t, "v", got, want)

	m := guards.Copy(t, normal(r, g.transformedLen()))
	got, want = asmtest.NaNs(guards.Floats(t, (4*g.Rows-1)*pitch+(4*g.Cols-1)*g.pixel()+g.Channels)), asmtest.NaNs(make([]float32, (4*g.Rows-1)*pitch+(4*g.Cols-1)*g.pixel()+g.Channels))
	g.TransformOutput(got, m, pitch)
	g.transformOutputGeneric(want, m, pitch)
	asmtest.SameBits(t, "y", got, want)
}

// winogradGradientBits compares every level with the definition.
func winogradGradientBits(t *rapid.T, r *rand.Rand, guards *asmtest.Guards) {
	g, pitch := drawGrid(t, 0)
	dy := guards.Copy(t, normal(r, (4*g.Rows-1)*pitch+(4*g.Cols-1)*g.pixel()+g.Channels))
	got, want := asmtest.NaNs(guards.Floats(t, g.transformedLen())), asmtest.NaNs(make([]float32, g.transformedLen()))
	g.TransformGradient(got, dy, pitch)
	g.transformGradientGeneric(want, dy, pitch)
	asmtest.SameBits(t, "w", got, want)

	n := rapid.IntRange(0, 40).Draw(t, "kernels")
	plane, tap := n+rapid.IntRange(0, 30).Draw(t, "plane gap"), n+rapid.IntRange(0, 30).Draw(t, "tap gap")
	du := guards.Copy(t, normal(r, (WinogradPlanes-1)*plane+n))
	got, want = asmtest.NaNs(guards.Floats(t, 8*tap+n)), asmtest.NaNs(make([]float32, 8*tap+n))
	TransformWeightGradient(got, tap, du, plane, n)
	winogradWeightGradientGeneric(want, tap, du, plane, n)
	asmtest.SameBits(t, "dw", got, want)
}

// TestWinogradIsConvolution multiplies transformed whole numbers, for which the transforms of
// inputs and outputs are exact, and compares with the convolution of one tile.
func TestWinogradIsConvolution(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := &Grid{Rows: 1, Cols: 1, Channels: 1, Plane: 1}
	for range 100 {
		x := lattice(r, 36)
		w := [9]float32(lattice(r, 9))
		v, y := make([]float32, 36), make([]float32, 16)
		g.TransformInput(v, x, 6)
		var taps [9 * WeightLanes]float32
		for k, z := range w {
			taps[k*WeightLanes] = z
		}
		u := make([]float32, WinogradPlanes*WeightLanes)
		TransformWeights(u, WeightLanes, taps[:], WeightLanes)
		for i := range v {
			v[i] *= u[i*WeightLanes]
		}
		g.TransformOutput(y, v, 4)
		for i := range y {
			want := 0.0
			for k, u := range w {
				want += float64(u) * float64(x[(i/4+k/3)*6+i%4+k%3])
			}
			if d := float64(y[i]) - want; d > 0.01 || d < -0.01 {
				t.Fatalf("output %d: got %g, want %g", i, y[i], want)
			}
		}
	}
}
