package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// reach is what one input position receives from along one axis: count output positions from first on,
// the i-th through tap tap − i·stride.
type reach struct{ first, tap, count int }

// reach returns the output positions that input position i is a tap of, in ascending order.
func (c *Conv) reach(i, pad, outputs int) reach {
	r := reach{}
	for o := range outputs {
		if t := i + pad - o*c.Stride; t >= 0 && t < c.Kernel {
			if r.count == 0 {
				r.first, r.tap = o, t
			}
			r.count++
		}
	}
	return r
}

// tapOrder returns the place of each tap of an axis in the weights packed for BackwardData: taps that
// neighbouring output positions use for one input position stand side by side.
func (c *Conv) tapOrder() []int {
	order, place := make([]int, c.Kernel), 0
	for residue := range min(c.Stride, c.Kernel) {
		last := (c.Kernel-1-residue)/c.Stride*c.Stride + residue
		for tap := last; tap >= 0; tap -= c.Stride {
			order[tap] = place
			place++
		}
	}
	return order
}

// backwardTiles lists the input's pixels by the taps through which they receive. A pixel through no tap
// (1×1, stride 2) has no segments: its gradient is +0.
func (c *Conv) backwardTiles() *f32.Tiles {
	block, order := abi.PackChannels, c.order
	rows, cols := make([]reach, c.InHeight), make([]reach, c.InWidth)
	for h := range rows {
		rows[h] = c.reach(h, c.padTop, c.OutHeight)
	}
	for w := range cols {
		cols[w] = c.reach(w, c.padLeft, c.OutWidth)
	}
	// A class is known by (tap, count) on either axis: a span here is {tap, count}.
	b := newTileBuilder(func(rows, cols span) []f32.Segment {
		var s []f32.Segment
		if cols.end == 0 {
			return nil
		}
		for i := range rows.end {
			place := order[rows.first-i*c.Stride]*c.Kernel + order[cols.first]
			s = append(s, f32.Segment{
				X: int32(i * c.OutWidth * c.Out),
				W: int32(place * c.Out * block),
				K: int32(cols.end * c.Out),
			})
		}
		return s
	})
	for h, r := range rows {
		for w, q := range cols {
			b.add(span{r.tap, r.count}, span{q.tap, q.count}, (r.first*c.OutWidth+q.first)*c.Out, (h*c.InWidth+w)*c.In)
		}
	}
	return f32.NewTiles(b.tiles(), b.segments, c.In, c.Kernel*c.Kernel*c.Out*block)
}
