package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Forward computes the output of a convolution, or some of its rows.
type Forward struct {
	shape Shape
	tiles *f32.Tiles
}

// NewForward returns the forward pass of a convolution for so many rows of its output, maybe none.
// It panics if there is no convolution of that shape.
func NewForward(s Shape, rows par.Range) *Forward {
	s.check()
	return &Forward{s, s.forwardTiles(rows)}
}

// Compute computes y = x ⋆ w for one image: x in the layout of [Shape.Input], y
// [rows][OutWidth][Out], weights packed by [Forward.Pack]. Each element of y is one chain of fused
// multiply-adds from +0 over (kernel row, kernel column, input channel); taps outside the image are
// left out.
func (f *Forward) Compute(y, x, packed []float32) { f.tiles.Conv(y, x, packed) }

// PackedLen returns the elements of the packed weights.
func (f *Forward) PackedLen() int {
	return abi.PackBlocks(f.shape.Out) * abi.PackChannels * f.shape.Kernel * f.shape.Kernel * f.shape.In
}

// Pack packs part of the weights w, [kernel][kernel][in][out], as ⌈out/16⌉ blocks of
// [kernel][kernel][in][16], filled up with zeros.
func (f *Forward) Pack(dst, w []float32, part par.Part) {
	s := &f.shape
	rows := s.Kernel * s.Kernel * s.In
	r := part.Range(abi.PackBlocks(s.Out) * rows)
	for i := r.First; i < r.End; i++ {
		block, row := i/rows, i%rows
		first := block * abi.PackChannels
		out := dst[i*abi.PackChannels:][:abi.PackChannels]
		n := copy(out, w[row*s.Out+first:(row+1)*s.Out])
		clear(out[n:])
	}
}

// forwardTiles lists the pixels of so many of the output's rows by the taps that lie inside the
// image. Taps are taken in the order (kernel row, kernel column), input channels innermost: those
// of one kernel row are contiguous in x and in w.
func (s *Shape) forwardTiles(outRows par.Range) *f32.Tiles {
	in, rows, cols := s.Input(), s.rows(), s.cols()
	b := newTileBuilder(func(rows, cols span) []f32.Segment {
		var segments []f32.Segment
		for kh := rows.first; kh < rows.end; kh++ {
			segments = append(segments, f32.Segment{
				X: int32(kh*in.Pitch() + cols.first*s.In),
				W: int32((kh*s.Kernel + cols.first) * s.In * abi.PackChannels),
				K: int32((cols.end - cols.first) * s.In),
			})
		}
		return segments
	})
	for oh := outRows.First; oh < outRows.End; oh++ {
		for ow := range cols.outputs {
			x := in.Index(oh*s.Stride-s.Padding.Top, ow*s.Stride-s.Padding.Left)
			b.add(rows.taps(oh), cols.taps(ow), x, ((oh-outRows.First)*cols.outputs+ow)*s.Out)
		}
	}
	return f32.NewTiles(b.tiles(), b.segments, s.Out, s.Kernel*s.Kernel*s.In*abi.PackChannels)
}
