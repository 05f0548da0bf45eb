package nn

import (
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Weights are the memory of one convolution's or fully connected layer's kernel.
type Weights struct {
	Value    []float32 // [kernel][kernel][in][out], the variable DW
	Gradient []float32 // as Value, decay included
	Forward  []float32 // Value packed for Conv.Forward
	Backward []float32 // Value packed for Conv.BackwardData; nil where no gradient of the input is needed
	Partials Partials  // gradients of the groups
}

// Pack rebuilds worker part's share of a layer's packed weights.
func (c *Conv) Pack(w *Weights, b *Batch, part par.Part) {
	c.PackForward(w.Forward, w.Value, part)
	if b.Training && w.Backward != nil {
		c.PackBackward(w.Backward, w.Value, part)
	}
}

// Reduce combines worker part's share of the groups' gradients into Gradient, with weight decay.
func (w *Weights) Reduce(decay float32, b *Batch, part par.Part) {
	w.Partials.Reduce(w.Gradient, w.Value, decay, b, part)
}

// Bias is the memory of a fully connected layer's biases.
type Bias struct {
	Value, Gradient []float32
	Partials        Partials // gradients of the groups
}

// Add computes y = y + biases.
func (v *Bias) Add(y []float32) { Add(y, v.Value) }

// Reduce combines worker part's share of the groups' gradients into Gradient.
func (v *Bias) Reduce(b *Batch, part par.Part) { v.Partials.Reduce(v.Gradient, v.Value, 0, b, part) }

// PackForward packs part of w, [kernel][kernel][in][out], as [out/16][kernel][kernel][in][16], filled up
// with zeros.
func (c *Conv) PackForward(dst, w []float32, part par.Part) {
	rows := c.Kernel * c.Kernel * c.In
	r := part.Range(blocks(c.Out) * rows)
	for i := r.First; i < r.End; i++ {
		block, row := i/rows, i%rows
		first := block * abi.PackChannels
		out := dst[i*abi.PackChannels:][:abi.PackChannels]
		n := copy(out, w[row*c.Out+first:(row+1)*c.Out])
		clear(out[n:])
	}
}

// PackBackward packs part of w as [in/16][taps][out][16], the taps in the order of BackwardData, filled up
// with zeros.
func (c *Conv) PackBackward(dst, w []float32, part par.Part) {
	order, taps := c.order, c.Kernel*c.Kernel
	r := part.Range(blocks(c.In) * taps)
	for i := r.First; i < r.End; i++ {
		block, tap := i/taps, i%taps
		place := order[tap/c.Kernel]*c.Kernel + order[tap%c.Kernel]
		out := dst[(block*taps+place)*c.Out*abi.PackChannels:][:c.Out*abi.PackChannels]
		first := block * abi.PackChannels
		lanes := min(abi.PackChannels, c.In-first)
		if lanes < abi.PackChannels {
			clear(out)
		}
		for lane := range lanes {
			in := w[(tap*c.In+first+lane)*c.Out:][:c.Out]
			for o, v := range in {
				out[o*abi.PackChannels+lane] = v
			}
		}
	}
}

// blocks returns how many blocks of packed channels hold n channels.
func blocks(n int) int { return (n + abi.PackChannels - 1) / abi.PackChannels }
