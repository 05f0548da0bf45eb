package f32

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/cpu"
)

// normal returns n random values.
func normal(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// lattice returns n small whole numbers: their sums of products are exact in any order.
func lattice(r *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.IntN(17) - 8)
	}
	return s
}

// rounds runs a property on drawn shapes, with buffers against the upper and against the lower guards.
func rounds(t *testing.T, property func(t *rapid.T, r *rand.Rand, g *asmtest.Guards)) {
	guards := asmtest.NewGuards(t, 16, 1<<16)
	asmtest.EachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			guards.Reset(rapid.Bool().Draw(t, "high"))
			defer guards.Close(t)
			property(t, r, guards)
		})
	})
}

// drawTiles draws tiles whose pixels lie anywhere in x, and write whole pixels of y, some of them twice.
func drawTiles(t *rapid.T, r *rand.Rand) (tiles *Tiles, x, w, y int) {
	channels := rapid.IntRange(1, 40).Draw(t, "channels")
	n := rapid.IntRange(0, 3).Draw(t, "segments")
	var segments []Segment
	for range n {
		s := Segment{X: int32(r.IntN(30)), W: int32(w), K: int32(rapid.IntRange(1, 20).Draw(t, "k"))}
		w += int(s.K) * TileChannels
		segments = append(segments, s)
	}
	var list []Tile
	for range rapid.IntRange(1, 4).Draw(t, "tiles") {
		tile := Tile{Count: int32(n)}
		pixels := 1 + r.IntN(TilePixels)
		for p := range TilePixels {
			tile.X[p], tile.Y[p] = int32(r.IntN(50)), int32(y)
			if p+1 < pixels {
				y += channels
			} else if p >= pixels {
				tile.X[p], tile.Y[p] = tile.X[p-1], tile.Y[p-1]
			}
		}
		y += channels
		list = append(list, tile)
	}
	tiles = NewTiles(list, segments, channels, max(w, TileChannels))
	return tiles, tiles.xLen, tiles.wLen, tiles.yLen
}

// TestConvBits compares every level with the definition, bit for bit.
func TestConvBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		tiles, xLen, wLen, yLen := drawTiles(t, r)
		x, w := g.Copy(t, normal(r, xLen)), g.Copy(t, normal(r, wLen))
		got, want := asmtest.NaNs(g.Floats(t, yLen)), asmtest.NaNs(make([]float32, yLen))
		tiles.Conv(got, x, w)
		tiles.convGeneric(want, x, w)
		asmtest.SameBits(t, "y", got, want)
	})
}

// TestConvChain compares the definition with the sums that its documentation writes down, in float64: exactly
// on whole numbers, and within the bound of a chain on others.
func TestConvChain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		tiles, xLen, wLen, yLen := drawTiles(t, r)
		for _, exact := range []bool{false, true} {
			values := normal
			if exact {
				values = lattice
			}
			x, w, y := values(r, xLen), values(r, wLen), make([]float32, yLen)
			tiles.Conv(y, x, w)
			want, magnitude := make([]float64, yLen), make([]float64, yLen)
			length := 1
			for _, tile := range tiles.tiles {
				for p := range tile.X {
					for c := range tiles.channels {
						sum, size, n := 0.0, 0.0, 0
						for _, s := range tiles.segments[tile.First:][:tile.Count] {
							for k := range int(s.K) {
								product := float64(x[int(tile.X[p]+s.X)+k]) * float64(w[c/16*tiles.blockLen+int(s.W)+16*k+c%16])
								sum, size, n = sum+product, size+max(product, -product), n+1
							}
						}
						at := int(tile.Y[p]) + c
						want[at], magnitude[at], length = sum, size, max(length, n)
					}
				}
			}
			asmtest.Near(t, "y", y, want, magnitude, length)
			for i := range y {
				if exact && float64(y[i]) != want[i] {
					t.Fatalf("y[%d]: got %g, want exactly %g", i, y[i], want[i])
				}
			}
		}
	})
}

// TestOuterBits compares every level with the definition, bit for bit.
func TestOuterBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		o := drawOuter(t)
		last := 0
		if rapid.Bool().Draw(t, "planes") {
			o.Planes, o.DWPlane = 3, o.In*o.Out+rapid.IntRange(0, 9).Draw(t, "dw plane")
			o.XPlane, o.DYPlane = rapid.IntRange(0, 99).Draw(t, "x plane"), rapid.IntRange(0, 99).Draw(t, "dy plane")
			last = o.Planes - 1
		}
		x := g.Copy(t, normal(r, (o.Rows-1)*o.XRow+(o.Cols-1)*o.XCol+o.reach()+last*o.XPlane))
		dy := g.Copy(t, normal(r, (o.Rows-1)*o.DYRow+(o.Cols-1)*o.DYCol+o.Out+last*o.DYPlane))
		want := normal(r, o.In*o.Out+last*o.DWPlane)
		got := g.Copy(t, want)
		fresh := rapid.Bool().Draw(t, "fresh")
		if fresh {
			o.Sum(got, x, dy)
		} else {
			o.Accumulate(got, x, dy)
		}
		o.accumulateGeneric(want, x, dy, fresh)
		asmtest.SameBits(t, "dw", got, want)
	})
}

func drawOuter(t *rapid.T) *Outer {
	o := &Outer{
		Rows: rapid.IntRange(1, 9).Draw(t, "rows"), Cols: rapid.IntRange(1, 9).Draw(t, "cols"),
		In: rapid.SampledFrom([]int{1, 2, 5, 6, 7, 9, 12, 16, 27, 48, 100, 130}).Draw(t, "in"), Out: rapid.IntRange(1, 40).Draw(t, "out"),
	}
	o.XCol, o.DYCol = rapid.IntRange(0, 40).Draw(t, "xcol"), o.Out+rapid.IntRange(0, 3).Draw(t, "dygap")
	o.XRow, o.DYRow = o.Cols*o.XCol+rapid.IntRange(0, 9).Draw(t, "xgap"), o.Cols*o.DYCol
	if o.In > 2 && rapid.Bool().Draw(t, "runs") {
		o.Run, o.RunStep = rapid.SampledFrom([]int{1, o.In / 3, o.In / 2, o.In - 1}).Draw(t, "run"), rapid.IntRange(0, 40).Draw(t, "run step")
	}
	if o.Rows == 1 && rapid.Bool().Draw(t, "no steps") {
		o.XRow, o.DYRow = 0, 0
	}
	return o
}

// TestOuterLattice compares with whole-number sums, which are exact.
func TestOuterLattice(t *testing.T) {
	asmtest.EachLevel(t, func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			o := drawOuter(t)
			x, dy := lattice(r, (o.Rows-1)*o.XRow+(o.Cols-1)*o.XCol+o.reach()), lattice(r, (o.Rows-1)*o.DYRow+(o.Cols-1)*o.DYCol+o.Out)
			dw := lattice(r, o.In*o.Out)
			want := make([]int, len(dw))
			for at := range want {
				want[at] = int(dw[at])
				for i := range o.Rows {
					for j := range o.Cols {
						want[at] += int(x[i*o.XRow+j*o.XCol+o.place(at/o.Out)]) * int(dy[i*o.DYRow+j*o.DYCol+at%o.Out])
					}
				}
			}
			o.Accumulate(dw, x, dy)
			for at := range dw {
				if dw[at] != float32(want[at]) {
					t.Fatalf("dw[%d]: got %g, want %d", at, dw[at], want[at])
				}
			}
		})
	})
}

// TestPanics holds what is said of slices that do not fit.
func TestPanics(t *testing.T) {
	tiles := NewTiles([]Tile{{Count: 1}}, []Segment{{K: 2}}, 3, 32)
	for want, call := range map[string]func(){
		"f32: Conv: got y, x, w of 2, 2, 32 elements, want at least 3, 2, 32": func() { tiles.Conv(make([]float32, 2), make([]float32, 2), make([]float32, 32)) },
		"f32: Accumulate: got dw, x, dy of 3, 2, 2 elements, want at least 4, 2, 2": func() {
			(&Outer{Rows: 1, Cols: 1, In: 2, Out: 2}).Accumulate(make([]float32, 3), make([]float32, 2), make([]float32, 2))
		},
		"f32: Moments: got 5 elements, want whole pixels of 2 channels": func() { Moments(make([]float32, 5), make([]float32, 2), make([]float32, 2)) },
		"f32: Add: got a, b of 1, 2 elements, want 2":                   func() { Add(make([]float32, 2), make([]float32, 1), make([]float32, 2)) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); got != want {
					t.Errorf("got panic %q, want %q", got, want)
				}
			}()
			call()
		}()
	}
}

// TestPeakFLOPS holds that the peak is one: no convolution can be faster. A portable one is far slower.
func TestPeakFLOPS(t *testing.T) {
	asmtest.EachLevel(t, func(t *testing.T) {
		low, high := 1e7, 1e12
		if cpu.Active() >= cpu.AVX2 {
			low = 1e9
		}
		if got := PeakFLOPS(); got < low || got > high {
			t.Errorf("got %g operations a second, want %g to %g", got, low, high)
		}
	})
}

// TestProductBits compares every level with the definition, bit for bit.
func TestProductBits(t *testing.T) {
	rounds(t, func(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
		p := Product{
			Rows: rapid.IntRange(1, 120).Draw(t, "rows"), K: rapid.IntRange(1, 40).Draw(t, "k"),
			Channels: TileChannels * rapid.IntRange(1, 3).Draw(t, "blocks"),
		}
		p.XRow, p.YRow = p.K+rapid.IntRange(0, 9).Draw(t, "x gap"), p.Channels+rapid.IntRange(0, 9).Draw(t, "y gap")
		x, w := g.Copy(t, normal(r, (p.Rows-1)*p.XRow+p.K)), g.Copy(t, normal(r, p.K*p.Channels))
		got := asmtest.NaNs(g.Floats(t, (p.Rows-1)*p.YRow+p.Channels))
		want := append([]float32(nil), got...)
		p.Multiply(got, x, w)
		p.multiplyGeneric(want, x, w)
		asmtest.SameBits(t, "y", got, want)
	})
}
