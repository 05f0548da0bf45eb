package engine

import "github.com/resnetgen/resnetgen/asm/f32"

// Affine is a batch normalization of inference with the leaky ReLU behind it: leaky(x·Scale +
// Shift).
type Affine struct {
	Scale, Shift []float32
	Leak         float32
}

// Epilogue is what follows a convolution or a pool, whose output is y:
//
//	sum = y + add
//	act = leaky(sum·scale + shift)
//
// Without Add, sum is y. Without Sum it is not kept. No border of Act is written.
type Epilogue struct {
	Sum, Add, Act *Images
	Norm          *Affine
}

// Finish does the epilogue of y.
func (o *output) Finish(ctx *WorkerContext, y *Images, e Epilogue) {
	s := o.share(ctx)
	if s.empty() {
		return
	}
	pitch := y.Cols * s.channels()
	for i := range ctx.eachImage {
		e.apply(i, o.written(y, i, &s)[s.firstRow*pitch:], pitch, o.width, &s)
	}
}

// Normalize computes z = y·scale + shift, without an activation.
func (o *output) Normalize(ctx *WorkerContext, z, y *Images, a *Affine) {
	o.Finish(ctx, y, Epilogue{Act: z, Norm: &Affine{a.Scale, a.Shift, 1}})
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

// apply is the epilogue of a share of image i: y is its rows of so many pixels, pitch elements
// apart.
func (e *Epilogue) apply(i int, y []float32, pitch, pixels int, s *share) {
	first := s.firstChannel
	at := func(m *Images) []float32 {
		if m == nil {
			return nil
		}
		return m.At(i)[m.Index(s.firstRow, 0)+first:]
	}
	kernel := f32.SumActivation{
		Rows: s.endRow - s.firstRow, Cols: pixels, Step: e.Act.Channels, SrcPitch: pitch, ActPitch: e.Act.Pitch(),
		Scale: e.Norm.Scale[first:s.endChannel], Shift: e.Norm.Shift[first:s.endChannel], Leak: e.Norm.Leak,
	}
	kernel.SumActivate(at(e.Sum), at(e.Act), y, at(e.Add))
}
