package engine

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/mem"
)

// Layout says how an image lies in memory.
type Layout = conv.Layout

// Plain returns the layout of an image without anything around it.
func Plain(height, width, channels int) Layout { return conv.Plain(height, width, channels) }

// Halo returns the layout of what a 3×3 convolution reads: a pixel of zeros on each side.
func Halo(height, width, channels int) Layout { return conv.Halo(height, width, channels, 1) }

// TiledHalo returns the layout of what [Winograd] reads.
func TiledHalo(height, width, channels int) Layout { return conv.TiledHalo(height, width, channels) }

// Tiled returns the layout of what [Winograd] writes.
func Tiled(height, width, channels int) Layout { return conv.Tiled(height, width, channels) }

// Images is a tensor of a chunk of images.
type Images struct {
	Layout
	data []float32
}

// NewImages takes memory for n images at an offset of an arena, in bytes.
func NewImages(a *mem.Arena, offset int64, n int, l Layout) Images {
	return Images{l, mem.Slice[float32](a, offset, n*l.Len())}
}

// At returns image i, all of its layout.
func (m *Images) At(i int) []float32 { return m.data[i*m.Len():][:m.Len()] }

// Put copies an image, [height][width][channels], into place i.
func (m *Images) Put(i int, image []float32) { m.Layout.Put(m.At(i), image) }

// Affine is a batch norm of inference and the leaky ReLU behind it: leaky(x·Scale + Shift).
type Affine struct {
	Scale, Shift []float32
	Leak         float32
}

// output is what both kinds of convolutions share: the rows and channels that they write, and what follows them there. A team deals out
// the rows, in bands, which are what the convolution computes at once; or the channels, in blocks, where the weights are more than the
// image.
type output struct {
	height, width, channels int
	band                    int
	byChannels              bool
}

// share is a worker's part of an output.
type share struct{ firstRow, endRow, firstChannel, endChannel int }

func (s *share) empty() bool { return s.firstRow >= s.endRow || s.firstChannel >= s.endChannel }

// channels returns how many there are.
func (s *share) channels() int { return s.endChannel - s.firstChannel }

// share returns the turn's.
func (o *output) share(t *Turn) share {
	if o.byChannels && t.Part.Of > 1 {
		r := t.Part.Range(abi.PackBlocks(o.channels))
		return share{0, o.height, r.First * abi.PackChannels, min(r.End*abi.PackChannels, o.channels)}
	}
	first, end := o.rows(t)
	return share{first, end, 0, o.channels}
}

// rows returns the turn's share where rows are dealt out.
func (o *output) rows(t *Turn) (first, end int) {
	r := t.Part.Range((o.height + o.band - 1) / o.band)
	return r.First * o.band, min(r.End*o.band, o.height)
}

// waitRows waits where the channels are dealt out, between what is done by rows and what is done by channels.
func (o *output) waitRows(t *Turn) {
	if o.byChannels {
		t.Wait()
	}
}

// Activate computes act = leaky(y·scale + shift), and leaves act's border as it is.
func (o *output) Activate(t *Turn, act, y *Images, a *Affine) { o.end(t, nil, act, y, nil, a) }

// SumActivate computes sum = y + add, and act = leaky(sum·scale + shift). Without sum, nothing keeps it.
func (o *output) SumActivate(t *Turn, sum, act, y, add *Images, a *Affine) {
	o.end(t, sum, act, y, add, a)
}

// KeepActivate computes sum = y, and act = leaky(y·scale + shift).
func (o *output) KeepActivate(t *Turn, sum, act, y *Images, a *Affine) { o.end(t, sum, act, y, nil, a) }

func (o *output) end(t *Turn, sum, act, y, add *Images, a *Affine) {
	s := o.share(t)
	if s.empty() {
		return
	}
	first, channels := s.firstChannel, s.channels()
	at := func(m *Images, i int) []float32 {
		if m == nil {
			return nil
		}
		return m.At(i)[m.Index(s.firstRow, 0)+first:]
	}
	srcPitch := y.Cols * channels
	for i := range t.Images {
		f32.SumActivate(at(sum, i), at(act, i), act.Pitch(), o.written(y, i, &s)[s.firstRow*srcPitch:], srcPitch, at(add, i),
			s.endRow-s.firstRow, o.width, o.channels, a.Scale[first:s.endChannel], a.Shift[first:s.endChannel], a.Leak)
	}
}

// written is where a worker writes its channels of image i of y: one block of channels behind the other, each by itself.
func (o *output) written(y *Images, i int, s *share) []float32 {
	pixels := y.Rows * y.Cols
	return y.At(i)[pixels*s.firstChannel:][:pixels*s.channels()]
}

// Pool computes p = the average pool of x by stride×stride, with as many channels of zeros before as behind.
func (o *output) Pool(t *Turn, p, x *Images, stride int) {
	if first, end := o.rows(t); first < end {
		small, large := o.width*o.channels, stride*x.Pitch()
		for i := range t.Images {
			part := p.At(i)[first*small : end*small]
			clear(part)
			f32.PoolAdd(part, x.At(i)[first*large:end*large], stride*(end-first), x.Width, x.Channels, o.channels, stride)
		}
	}
	o.waitRows(t)
}

// Copy copies an image into another layout.
func (o *output) Copy(t *Turn, dst, src *Images) {
	o.waitRows(t)
	first, end := o.rows(t)
	row := o.width * o.channels
	for i := range t.Images {
		to, from := dst.At(i), src.At(i)
		for h := first; h < end; h++ {
			copy(to[dst.Index(h, 0):][:row], from[src.Index(h, 0):])
		}
	}
}
