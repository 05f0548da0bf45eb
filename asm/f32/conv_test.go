package f32

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var convTest = familyTest{
	family: convFamily,
	bits: map[string]property{
		"Conv":     convBits,
		"Multiply": productBits,
	},
	calls: []call{
		{
			"Conv",
			[]int{20, 5 * TileChannels},
			nil,
			[]int{50 + 20, 41 + 3 + 5, 2 * 5 * TileChannels},
			func(n []int, s [][]float32) {
				tile := Tile{Count: 1}
				for p := range TilePixels {
					tile.X[p], tile.Y[p] = int32(p), int32(p)
				}
				tile.X[5], tile.Y[5] = 41, 50
				NewTiles([]Tile{tile}, []Segment{{X: 3, K: 5}}, n[0], n[1]).Conv(s[0], s[1], s[2])
			},
		},
		{
			"Multiply",
			[]int{5, 7, 32, 9, 35, 120},
			nil,
			[]int{4*35 + 32, 4*9 + 7, 120 + 7*16},
			func(n []int, s [][]float32) {
				(&Product{Rows: n[0], K: n[1], Channels: n[2], XRow: n[3], YRow: n[4], WBlock: n[5]}).Multiply(s[0], s[1], s[2])
			},
		},
	},
}

// drawTiles draws tiles whose pixels lie anywhere in x, and write whole pixels of y, some of them
// twice.
func drawTiles(t *rapid.T, r *rand.Rand) (tiles *Tiles, x, w, y int) {
	channels := rapid.IntRange(1, 40).Draw(t, "channels")
	n, large := rapid.IntRange(0, 3).Draw(t, "segments"), rapid.Bool().Draw(t, "large blocks")
	var segments []Segment
	for range n {
		s := Segment{X: int32(r.IntN(30)), W: int32(w), K: int32(rapid.IntRange(1, 20).Draw(t, "k"))}
		w += int(s.K) * TileChannels
		if large {
			w += fetchBytes / 4 / TileChannels * TileChannels
		}
		segments = append(segments, s)
	}
	var list []Tile
	for range rapid.IntRange(1, 4).Draw(t, "tiles") {
		tile := Tile{Count: int32(n)}
		if n > 0 && rapid.Bool().Draw(t, "one segment") {
			tile.First, tile.Count = int32(r.IntN(n)), 1
		}
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

// convBits compares every level with the definition, bit for bit.
func convBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	tiles, xLen, wLen, yLen := drawTiles(t, r)
	x, w := g.Copy(t, normal(r, xLen)), g.Copy(t, normal(r, wLen))
	got, want := asmtest.NaNs(g.Floats(t, yLen)), asmtest.NaNs(make([]float32, yLen))
	tiles.Conv(got, x, w)
	tiles.convGeneric(want, x, w)
	asmtest.SameBits(t, "y", got, want)
}

// productBits compares every level with the definition, bit for bit.
func productBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
	p := Product{
		Rows: rapid.IntRange(1, 120).Draw(t, "rows"), K: rapid.IntRange(1, 40).Draw(t, "k"),
		Channels: TileChannels * rapid.IntRange(1, 3).Draw(t, "blocks"),
	}
	p.XRow, p.YRow = p.K+rapid.IntRange(0, 9).Draw(t, "x gap"), p.Channels+rapid.IntRange(0, 9).Draw(t, "y gap")
	p.WBlock = p.K*TileChannels + rapid.IntRange(0, 9).Draw(t, "w gap")
	x, w := g.Copy(t, normal(r, (p.Rows-1)*p.XRow+p.K)), g.Copy(t, normal(r, (p.Channels/TileChannels-1)*p.WBlock+p.K*TileChannels))
	got := asmtest.NaNs(g.Floats(t, (p.Rows-1)*p.YRow+p.Channels))
	want := append([]float32(nil), got...)
	p.Multiply(got, x, w)
	p.multiplyGeneric(want, x, w)
	asmtest.SameBits(t, "y", got, want)
}

// TestConvChain compares the definition with the sums that its documentation writes down, in
// float64: exactly on whole numbers, and within the bound of a chain on others.
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

// TestNewTilesArguments holds that NewTiles, or the convolution with what it returns, refuses tiles
// and segments that lead out of the slices, also where sums of their numbers are larger than an
// int32.
func TestNewTilesArguments(t *testing.T) {
	const channels, blockLen = 20, 5 * TileChannels
	bad := []int32{-1, math.MinInt32, math.MinInt32 + 2, math.MaxInt32, math.MaxInt32 - 1, math.MaxInt32/2 + 1, math.MaxInt32/TileChannels + 1}
	for name, set := range map[string]func(*Tile, *Segment) *int32{
		"X":         func(t *Tile, _ *Segment) *int32 { return &t.X[2] },
		"Y":         func(t *Tile, _ *Segment) *int32 { return &t.Y[2] },
		"First":     func(t *Tile, _ *Segment) *int32 { return &t.First },
		"Count":     func(t *Tile, _ *Segment) *int32 { return &t.Count },
		"Segment.X": func(_ *Tile, s *Segment) *int32 { return &s.X },
		"Segment.W": func(_ *Tile, s *Segment) *int32 { return &s.W },
		"Segment.K": func(_ *Tile, s *Segment) *int32 { return &s.K },
	} {
		for _, n := range bad {
			tile, segment := Tile{Count: 1}, Segment{K: 5}
			*set(&tile, &segment) = n
			c := call{name: "Conv", run: func([]int, [][]float32) {
				NewTiles([]Tile{tile}, []Segment{segment}, channels, blockLen).Conv(make([]float32, 100), make([]float32, 100), make([]float32, 2*blockLen))
			}}
			asmtest.EachLevel(t, func(t *testing.T) { c.refuses(t, fmt.Sprintf("%s %d", name, n), nil, nil) })
		}
	}
}

// TestNewTilesKeepsSegments holds that segments that are changed later do not change a convolution
// that was checked.
func TestNewTilesKeepsSegments(t *testing.T) {
	segments := []Segment{{K: 1}}
	tiles := NewTiles([]Tile{{Count: 1}}, segments, 1, TileChannels)
	segments[0].K = math.MaxInt32
	y := []float32{0}
	tiles.Conv(y, []float32{3}, slices.Repeat([]float32{2}, TileChannels))
	if y[0] != 6 {
		t.Errorf("got %g, want 6", y[0])
	}
}
