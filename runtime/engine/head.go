package engine

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// GlobalPool computes the mean of each channel of x over its pixels.
func GlobalPool(ctx *WorkerContext, mean, x *Images) {
	if !ctx.leads() {
		return
	}
	for i := range ctx.eachImage {
		f32.ChannelMean(mean.At(i), x.At(i))
	}
}

// Dense is the fully connected layer.
type Dense struct {
	weights, biases []float32
	product         *conv.Forward
}

// NewDense returns the layer of weights [in][classes] and biases [classes].
func NewDense(weights, biases []float32) *Dense {
	classes := len(biases)
	in := len(weights) / classes
	s := conv.SameShape(1, 1, 1, 1, in, classes)
	d := &Dense{biases: biases, product: conv.NewForward(s, s.OutRows())}
	d.weights = aligned(d.product.PackedLen())
	d.product.Pack(d.weights, weights, par.Part{Index: 0, Of: 1})
	return d
}

// Apply computes y = x·weights + biases.
func (d *Dense) Apply(ctx *WorkerContext, y, x *Images) {
	if !ctx.leads() {
		return
	}
	for i := range ctx.eachImage {
		d.product.Compute(y.At(i), x.At(i), d.weights)
		f32.Add(y.At(i), y.At(i), d.biases)
	}
}
