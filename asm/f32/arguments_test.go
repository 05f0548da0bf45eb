package f32

import (
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

// call is an exported function with arguments that it takes, and with slices that are just long enough for them.
type call struct {
	family, name string
	sizes        []int // its integers
	free         []int // the indices of those that may be as large as they like
	lengths      []int // of its slices
	run          func(n []int, s [][]float32)
}

// calls has every exported function that takes slices. Sizes are such that all numbers count: several rows, columns and
// planes.
var calls = []call{
	{"elementwise", "Add", nil, nil, []int{24, 24, 24}, func(_ []int, s [][]float32) { Add(s[0], s[1], s[2]) }},
	{"elementwise", "AddScaled", nil, nil, []int{24, 24}, func(_ []int, s [][]float32) { AddScaled(s[0], s[1], 2) }},
	{"elementwise", "Momentum", nil, nil, []int{24, 24, 24}, func(_ []int, s [][]float32) { Momentum(s[0], s[1], s[2], 1, 1) }},
	{"elementwise", "SGD", nil, nil, []int{24, 24}, func(_ []int, s [][]float32) { SGD(s[0], s[1], 1) }},
	{"exp", "ExpSub", nil, nil, []int{24, 24}, func(_ []int, s [][]float32) { ExpSub(s[0], s[1], 1) }},
	{"optimizer", "Nesterov", nil, nil, []int{24, 24, 24}, func(_ []int, s [][]float32) { Nesterov(s[0], s[1], s[2], 1, 1) }},
	{"optimizer", "AdamW", nil, nil, []int{24, 24, 24, 24}, func(_ []int, s [][]float32) { AdamW(s[0], s[1], s[2], s[3], &AdamRates{}) }},
	{
		"norm", "Activate",
		[]int{5*16 + 7, 3},
		nil,
		[]int{2*(5*16+7) + 5*16, 3 * 5 * 16, 16, 16, 16},
		func(n []int, s [][]float32) { Activate(s[0], n[0], s[1], n[1], s[2], s[3], s[4], 0.1) },
	},
	{"norm", "Moments", nil, nil, []int{7 * 16, 16, 16}, func(_ []int, s [][]float32) { Moments(s[0], s[1], s[2]) }},
	{
		"norm", "ActivateGradient", nil, nil,
		[]int{7 * 16, 7 * 16, 7 * 16, 16, 16, 16, 16, 16},
		func(_ []int, s [][]float32) {
			ActivateGradient(s[0], s[1], s[2], s[3], s[4], s[5], 0.1, s[6], s[7], false)
		},
	},
	{
		"norm", "NormGradient",
		[]int{5*16 + 7, 3},
		nil,
		[]int{2*(5*16+7) + 5*16, 3 * 5 * 16, 3 * 5 * 16, 16, 16, 16, 16},
		func(n []int, s [][]float32) { NormGradient(s[0], n[0], s[1], s[2], n[1], s[3], s[4], s[5], s[6]) },
	},
	{"norm", "ChannelSum", nil, nil, []int{16, 7 * 16}, func(_ []int, s [][]float32) { ChannelSum(s[0], s[1]) }},
	{"norm", "ChannelMean", nil, nil, []int{16, 7 * 16}, func(_ []int, s [][]float32) { ChannelMean(s[0], s[1]) }},
	{"norm", "Broadcast", nil, nil, []int{7 * 16, 16}, func(_ []int, s [][]float32) { Broadcast(s[0], s[1]) }},
	{
		"store", "StoreMoments", nil, nil,
		[]int{7 * 16, 7 * 16, 7 * 16, 16, 16},
		func(_ []int, s [][]float32) { StoreMoments(s[0], s[1], s[2], s[3], s[4], true) },
	},
	{
		"store", "NormGradientSum",
		[]int{5*16 + 7, 3},
		nil,
		[]int{3 * 5 * 16, 2*(5*16+7) + 5*16, 3 * 5 * 16, 3 * 5 * 16, 3 * 5 * 16, 16, 16, 16, 16},
		func(n []int, s [][]float32) {
			NormGradientSum(s[0], s[1], n[0], s[2], s[3], s[4], n[1], s[5], s[6], s[7], s[8], true)
		},
	},
	{ // rows, columns, step, pitches of act and src
		"sumactivate", "SumActivate",
		[]int{5, 3, 32, 3*32 + 9, 3*16 + 5},
		nil,
		[]int{4*3*32 + 2*32 + 16, 4*(3*32+9) + 2*32 + 16, 4*(3*16+5) + 3*16, 4*3*32 + 2*32 + 16, 16, 16},
		func(n []int, s [][]float32) {
			SumActivate(s[0], s[1], n[3], s[2], n[4], s[3], n[0], n[1], n[2], s[4], s[5], 0.1)
		},
	},
	{
		"pool", "PoolAdd",
		[]int{4, 6, 16, 32, 2},
		nil,
		[]int{2 * 3 * 32, 4 * 6 * 16},
		func(n []int, s [][]float32) { PoolAdd(s[0], s[1], n[0], n[1], n[2], n[3], n[4]) },
	},
	{
		"pool", "PoolGradientAdd",
		[]int{4, 6, 16, 32, 2},
		nil,
		[]int{4 * 6 * 16, 2 * 3 * 32},
		func(n []int, s [][]float32) { PoolGradientAdd(s[0], s[1], n[0], n[1], n[2], n[3], n[4]) },
	},
	{
		"product", "Multiply",
		[]int{5, 7, 32, 9, 35},
		nil,
		[]int{4*35 + 32, 4*9 + 7, 7 * 32},
		func(n []int, s [][]float32) {
			(&Product{Rows: n[0], K: n[1], Channels: n[2], XRow: n[3], YRow: n[4]}).Multiply(s[0], s[1], s[2])
		},
	},
	outerCall("Accumulate", (*Outer).Accumulate),
	outerCall("Sum", (*Outer).Sum),
	gridCall("TransformInput", 2, (*Grid).TransformInput),
	gridCall("TransformGradient", 0, (*Grid).TransformGradient),
	gridCall("TransformOutput", 0, func(g *Grid, m, y []float32, pitch int) { g.TransformOutput(y, m, pitch) }),
	{
		"winograd", "TransformWeights",
		[]int{19, 9},
		nil,
		[]int{35*19 + WeightLanes, 8*9 + WeightLanes},
		func(n []int, s [][]float32) { TransformWeights(s[0], n[0], s[1], n[1]) },
	},
	{
		"winograd", "TransformWeightGradient",
		[]int{29, 31, 27},
		nil,
		[]int{8*29 + 27, 35*31 + 27},
		func(n []int, s [][]float32) { TransformWeightGradient(s[0], n[0], s[1], n[1], n[2]) },
	},
	{
		"conv", "Conv",
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
}

// outerCall is a call of one of Outer's methods: In 7 in runs of 3 that begin 5 apart, of which the last has one.
func outerCall(name string, run func(o *Outer, dw, x, dy []float32)) call {
	const reach = 2*5 + 1
	return call{
		"outer", name,
		[]int{3, 4, 100, 20, 150, 35, 7, 32, 3, 5, 2, 230, 400, 500},
		[]int{8}, // Run: all are one
		[]int{230 + 7*32, 400 + 2*100 + 3*20 + reach, 500 + 2*150 + 3*35 + 32},
		func(n []int, s [][]float32) {
			run(&Outer{
				Rows: n[0], Cols: n[1], XRow: n[2], XCol: n[3], DYRow: n[4], DYCol: n[5], In: n[6], Out: n[7],
				Run: n[8], RunStep: n[9], Planes: n[10], DWPlane: n[11], XPlane: n[12], DYPlane: n[13],
			}, s[0], s[1], s[2])
		},
	}
}

// gridCall is a call of one of Grid's methods on 2×3 tiles of 16 channels, in an image with so many pixels more a side.
func gridCall(name string, border int, run func(g *Grid, transformed, image []float32, pitch int)) call {
	const plane, pitch = 2*3*16 + 7, 14*16 + 5
	return call{
		"winograd", name,
		[]int{2, 3, 16, plane, pitch},
		nil,
		[]int{35*plane + 2*3*16, (7+border)*pitch + (12+border)*16},
		func(n []int, s [][]float32) {
			run(&Grid{Rows: n[0], Cols: n[1], Channels: n[2], Plane: n[3]}, s[0], s[1], n[4])
		},
	}
}

// TestArguments holds of every exported function, on every level: it takes slices that are just long enough, with guards
// on both sides; and it refuses, before it touches any, slices that are an element too short, negative numbers, and
// numbers whose products are larger than an int, by how little or much ever.
func TestArguments(t *testing.T) {
	families := map[string][]call{}
	for _, c := range calls {
		families[c.family] = append(families[c.family], c)
	}
	for family, calls := range families {
		t.Run(family, func(t *testing.T) {
			asmtest.EachLevel(t, func(t *testing.T) {
				for i := range calls {
					for _, high := range []bool{false, true} {
						calls[i].test(t, high)
					}
				}
			})
		})
	}
}

func (c *call) test(t *testing.T, high bool) {
	guards := asmtest.NewGuards(t, len(c.lengths), 1<<13)
	guards.Reset(high)
	var s [][]float32
	for _, n := range c.lengths {
		s = append(s, guards.Floats(t, n))
	}
	if problem := c.attempt(c.sizes, s); problem != nil {
		t.Fatalf("%s: got %v with slices that are long enough, want a result", c.name, problem)
	}
	guards.Close(t) // from here on nothing can be read or written
	for i := range s {
		short := slices.Clone(s)
		short[i] = short[i][:len(short[i])-1]
		c.refuses(t, fmt.Sprintf("slice %d an element too short", i), c.sizes, short)
	}
	for i, n := range c.sizes {
		for _, bad := range hostile(n) {
			if bad > 0 && slices.Contains(c.free, i) {
				continue
			}
			sizes := slices.Clone(c.sizes)
			sizes[i] = bad
			c.refuses(t, fmt.Sprintf("%d as number %d of %v", bad, i, c.sizes), sizes, s)
		}
	}
}

// hostile returns negative numbers, and large ones: also such that a multiple of them, in elements or in bytes, is a small
// number again where it overflows.
func hostile(n int) []int {
	bad := []int{-1, -n, math.MinInt, math.MinInt + n, math.MaxInt}
	for k := 1; k <= 7; k++ {
		part := math.MaxInt>>k + 1
		bad = append(bad, part, part+n, part-1, -part, -part+n)
	}
	for divisor := 3; divisor <= 36; divisor++ {
		bad = append(bad, math.MaxInt/divisor, math.MaxInt/divisor+1, math.MaxInt/divisor*2+1)
	}
	return bad
}

// attempt calls the function and returns what it panics with, also where that is a fault.
func (c *call) attempt(sizes []int, s [][]float32) (problem any) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { problem = recover() }()
	c.run(sizes, s)
	return nil
}

// refuses wants a panic that names the function, what it got and what it wants.
func (c *call) refuses(t *testing.T, what string, sizes []int, s [][]float32) {
	t.Helper()
	problem := c.attempt(sizes, s)
	text, ok := problem.(string)
	made := strings.HasPrefix(text, "f32: NewTiles: got ") && c.name == "Conv"
	if !ok || !(strings.HasPrefix(text, "f32: "+c.name+": got ") || made) || !strings.Contains(text, ", want ") {
		t.Errorf("%s: %s: got panic %v, want one that says what was got and wanted", c.name, what, problem)
	}
}

// TestNewTilesArguments holds that NewTiles, or the convolution with what it returns, refuses tiles and segments that lead
// out of the slices, also where sums of their numbers are larger than an int32.
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

// TestNewTilesKeepsSegments holds that segments that are changed later do not change a convolution that was checked.
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

// TestAdamWRates holds that no rates are refused, before anything is read.
func TestAdamWRates(t *testing.T) {
	s := make([]float32, 24)
	c := call{name: "AdamW", run: func([]int, [][]float32) { AdamW(s, s, s, s, nil) }}
	asmtest.EachLevel(t, func(t *testing.T) { c.refuses(t, "nil", nil, nil) })
}
