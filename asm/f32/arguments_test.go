package f32

import (
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/cpu"
)

// call is an exported function with arguments that it takes, and with slices that are just long
// enough for them. Sizes are such that all numbers count: several rows, columns and planes.
type call struct {
	name    string
	sizes   []int // its integers
	free    []int // the indices of those that may be as large as they like
	lengths []int // of its slices
	run     func(n []int, s [][]float32)
}

// TestArguments holds of every exported function, on every level: it takes slices that are just
// long enough, with guards on both sides; it allocates nothing; and it refuses, before it touches
// any, slices that are an element too short, negative numbers, and numbers whose products are
// larger than an int, by how little or much ever.
func TestArguments(t *testing.T) {
	for _, test := range familyTests {
		t.Run(test.family.describe(cpu.Portable).Family, func(t *testing.T) {
			asmtest.EachLevel(t, func(t *testing.T) {
				for i := range test.calls {
					for _, high := range []bool{false, true} {
						test.calls[i].test(t, high)
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
	if n := testing.AllocsPerRun(3, func() { c.run(c.sizes, s) }); n != 0 && c.name != "Conv" { // which is made with its tiles
		t.Errorf("%s: got %g allocations, want none", c.name, n)
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

// hostile returns negative numbers, and large ones: also such that a multiple of them, in elements
// or in bytes, is a small number again where it overflows.
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
	made := strings.HasPrefix(text, "f32: NewTiles: got ") && c.name == "Conv" || strings.HasPrefix(text, "f32: NewPixelSums: got ")
	if !ok || !(strings.HasPrefix(text, "f32: "+c.name+": got ") || made) || !strings.Contains(text, ", want ") {
		t.Errorf("%s: %s: got panic %v, want one that says what was got and wanted", c.name, what, problem)
	}
}

// TestPanics holds what is said of slices that do not fit.
func TestPanics(t *testing.T) {
	tiles := NewTiles([]Tile{{Count: 1}}, []Segment{{K: 2}}, 3, 32)
	for want, call := range map[string]func(){
		"f32: Conv: got y, x, w of 2, 2, 32 elements, want at least 3, 2, 32": func() { tiles.Conv(make([]float32, 2), make([]float32, 2), make([]float32, 32)) },
		"f32: Accumulate: got dw, x, dy of 3, 2, 2 elements, want at least 4, 2, 2": func() {
			(&Outer{Rows: 1, Cols: 1, In: 2, Out: 2}).Accumulate(make([]float32, 3), make([]float32, 2), make([]float32, 2))
		},
		"f32: Moments: got 5 elements, want whole pixels of 2 channels": func() { Moments(make([]float32, 5), sumsOf(2)) },
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
