package engine

import "github.com/resnetgen/resnetgen/asm/f32"

// Affine is a batch normalization of inference with the leaky ReLU behind it: leaky(x·Scale +
// Shift).
type Affine struct {
	Scale, Shift []float32
	Leak         float32
}

// Activate computes act = leaky(y·scale + shift). It writes no border of act.
func (o *output) Activate(ctx *WorkerContext, act, y *Images, a *Affine) {
	o.epilogue(ctx, nil, act, y, nil, a)
}

// SumActivate computes sum = y + add and act = leaky(sum·scale + shift). sum may be nil: it is not
// kept then.
func (o *output) SumActivate(ctx *WorkerContext, sum, act, y, add *Images, a *Affine) {
	o.epilogue(ctx, sum, act, y, add, a)
}

// KeepActivate computes sum = y and act = leaky(y·scale + shift).
func (o *output) KeepActivate(ctx *WorkerContext, sum, act, y *Images, a *Affine) {
	o.epilogue(ctx, sum, act, y, nil, a)
}

// Normalize computes z = y·scale + shift, without an activation.
func (o *output) Normalize(ctx *WorkerContext, z, y *Images, a *Affine) {
	o.epilogue(ctx, nil, z, y, nil, &Affine{a.Scale, a.Shift, 1})
}

// AddBiases computes y = y + biases, of a convolution whose biases no batch normalization takes.
func (o *output) AddBiases(ctx *WorkerContext, y *Images, biases []float32) {
	s := o.share(ctx)
	if s.empty() {
		return
	}
	pitch := y.Cols * s.channels()
	for i := range ctx.eachImage {
		f32.AddBias(o.written(y, i, &s)[s.firstRow*pitch:s.endRow*pitch], biases[s.firstChannel:s.endChannel])
	}
}

// epilogue is what all of them do, on the worker's part. sum and add may be nil.
func (o *output) epilogue(ctx *WorkerContext, sum, act, y, add *Images, a *Affine) {
	s := o.share(ctx)
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
	kernel := f32.SumActivation{
		Rows: s.endRow - s.firstRow, Cols: o.width, Step: o.channels, SrcPitch: y.Cols * channels, ActPitch: act.Pitch(),
		Scale: a.Scale[first:s.endChannel], Shift: a.Shift[first:s.endChannel], Leak: a.Leak,
	}
	for i := range ctx.eachImage {
		kernel.SumActivate(at(sum, i), at(act, i), o.written(y, i, &s)[s.firstRow*kernel.SrcPitch:], at(add, i))
	}
}
