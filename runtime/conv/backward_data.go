package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// BackwardData computes the gradient of a convolution's input.
type BackwardData struct {
	shape Shape
	order []int // the place of each tap of an axis in packed weights
	tiles *f32.Tiles
}

// NewBackwardData returns the gradient of the input of a convolution. It panics if there is no
// convolution of that shape.
func NewBackwardData(s Shape) *BackwardData {
	s.check()
	order := s.tapOrder()
	return &BackwardData{s, order, s.backwardTiles(order)}
}

// Compute computes the gradient of x, without halo, from that of y, [OutHeight][OutWidth][Out], for
// one image and weights packed by [BackwardData.Pack]. Each element of dx is one chain of fused
// multiply-adds from +0 over the pixels of dy in raster order, output channels innermost.
func (b *BackwardData) Compute(dx, dy, packed []float32) { b.tiles.Conv(dx, dy, packed) }

// PackedLen returns the elements of the packed weights.
func (b *BackwardData) PackedLen() int {
	return abi.PackBlocks(b.shape.In) * abi.PackChannels * b.shape.Kernel * b.shape.Kernel * b.shape.Out
}

// Pack packs part of the weights w, [kernel][kernel][in][out], as ⌈in/16⌉ blocks of
// [taps][out][16], filled up with zeros. The taps are in the order of Compute.
func (b *BackwardData) Pack(dst, w []float32, part par.Part) {
	s, order := &b.shape, b.order
	taps := s.Kernel * s.Kernel
	r := part.Range(abi.PackBlocks(s.In) * taps)
	for i := r.First; i < r.End; i++ {
		block, tap := i/taps, i%taps
		place := order[tap/s.Kernel]*s.Kernel + order[tap%s.Kernel]
		out := dst[(block*taps+place)*s.Out*abi.PackChannels:][:s.Out*abi.PackChannels]
		first := block * abi.PackChannels
		lanes := min(abi.PackChannels, s.In-first)
		if lanes < abi.PackChannels {
			clear(out)
		}
		for lane := range lanes {
			in := w[(tap*s.In+first+lane)*s.Out:][:s.Out]
			for o, v := range in {
				out[o*abi.PackChannels+lane] = v
			}
		}
	}
}

// tapOrder returns the place of each tap of an axis in packed weights: taps through which
// neighbouring outputs read one input stand side by side.
func (s *Shape) tapOrder() []int {
	order, place := make([]int, s.Kernel), 0
	for residue := range min(s.Stride, s.Kernel) {
		last := (s.Kernel-1-residue)/s.Stride*s.Stride + residue
		for tap := last; tap >= 0; tap -= s.Stride {
			order[tap] = place
			place++
		}
	}
	return order
}

// backwardTiles lists the input's pixels by the taps through which they are read. A pixel that no
// output reads (1×1, stride 2) has no segments: its gradient is +0.
func (s *Shape) backwardTiles(order []int) *f32.Tiles {
	vertical, horizontal := s.rows(), s.cols()
	rows, cols := make([]reach, s.Height), make([]reach, s.Width)
	for h := range rows {
		rows[h] = vertical.reach(h)
	}
	for w := range cols {
		cols[w] = horizontal.reach(w)
	}
	// A class is known by (tap, count) on either axis: a span here is {tap, count}.
	b := newTileBuilder(func(rows, cols span) []f32.Segment {
		var segments []f32.Segment
		if cols.end == 0 {
			return nil
		}
		for i := range rows.end {
			place := order[rows.first-i*s.Stride]*s.Kernel + order[cols.first]
			segments = append(segments, f32.Segment{
				X: int32(i * horizontal.outputs * s.Out),
				W: int32(place * s.Out * abi.PackChannels),
				K: int32(cols.end * s.Out),
			})
		}
		return segments
	})
	for h, r := range rows {
		for w, q := range cols {
			b.add(span{r.tap, r.count}, span{q.tap, q.count}, (r.first*horizontal.outputs+q.first)*s.Out, (h*s.Width+w)*s.In)
		}
	}
	return f32.NewTiles(b.tiles(), b.segments, s.In, s.Kernel*s.Kernel*s.Out*abi.PackChannels)
}
