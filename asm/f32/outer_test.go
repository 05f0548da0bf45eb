package f32

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
)

var outerTest = familyTest{
	family: outerFamily,
	bits: map[string]property{
		"Accumulate": outerBits,
	},
	calls: []call{
		outerCall("Accumulate", (*Outer).Accumulate),
		outerCall("Sum", (*Outer).Sum),
	},
}

// outerCall is a call of one of Outer's methods: In 7 in runs of 3 that begin 5 apart, of which the
// last has one.
func outerCall(name string, run func(o *Outer, dw, x, dy []float32)) call {
	const reach = 2*5 + 1
	return call{
		name,
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

func drawOuter(t *rapid.T) *Outer {
	o := &Outer{
		Rows: rapid.IntRange(1, 9).Draw(t, "rows"), Cols: rapid.IntRange(1, 9).Draw(t, "cols"),
		In: rapid.SampledFrom([]int{1, 2, 5, 6, 7, 9, 12, 16, 27, 48, 100, 130}).Draw(t, "in"), Out: rapid.IntRange(1, 40).Draw(t, "out"),
	}
	if rapid.IntRange(0, 9).Draw(t, "bands") == 0 {
		o.Rows, o.Cols, o.Out = 3, 130, 130
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

// outerBits compares every level with the definition, bit for bit.
func outerBits(t *rapid.T, r *rand.Rand, g *asmtest.Guards) {
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
