package nn

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/conv"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// TestSumWeights holds that the gradient of weights that is summed over the batch, block by block
// and by any number of workers, has the bits of that which the groups sum, whose partial gradients
// are then combined.
func TestSumWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		kernel, stride := rapid.SampledFrom([]int{1, 3, 5}).Draw(t, "kernel"), rapid.IntRange(1, 2).Draw(t, "stride")
		height, width := rapid.IntRange(1, 6).Draw(t, "height"), rapid.IntRange(1, 6).Draw(t, "width")
		in := rapid.SampledFrom([]int{2, 6, 16, abi.WeightBlockRows, abi.WeightBlockRows + 6}).
			Filter(func(in int) bool { return abi.KernelRowsApart(kernel, in) }).Draw(t, "in")
		out := rapid.SampledFrom([]int{1, 16, abi.WeightBlockColumns, abi.WeightBlockColumns + 33}).Draw(t, "out")
		shape := conv.SameShape(kernel, stride, height, width, in, out)
		c := newConv(shape)
		n, decay := rapid.IntRange(1, 2*abi.Groups+1).Draw(t, "images"), rapid.SampledFrom([]float32{0, 0.1}).Draw(t, "decay")
		layout, b := shape.Input(), &Batch{N: n, Training: true}
		length := kernel * kernel * in * out
		floats := func(n int) []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(r.NormFloat64())
			}
			return x
		}
		weights := func() *Weights { return &Weights{Value: floats(length), Gradient: nans(length)} }
		want, got := weights(), weights()
		got.Value = want.Value
		want.Partials = Partials{make([]float32, abi.Groups*length), length, length}
		capacity := n + rapid.IntRange(0, 2).Draw(t, "room")
		got.Kept, got.Blocks = nans(capacity*(c.batch.KeptInput()+c.batch.KeptGradient())), nans(abi.Groups*abi.WeightBlockMemory)
		for g := range abi.Groups {
			images := GroupImages(n, g)
			for i := images.First; i < images.End; i++ {
				x, dy := make([]float32, layout.Len()), floats(shape.OutHeight()*shape.OutWidth()*out)
				layout.Put(x, floats(height*width*in))
				c.BackwardWeights(want.Partials.Group(g), x, dy)
				c.Keep(got, i, x, dy)
			}
		}
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		for k := range workers {
			part := par.Part{Index: k, Of: workers}
			want.Reduce(decay, b, part)
			c.SumWeights(got, decay, b, part)
		}
		asmtest.SameBits(t, "gradient", got.Gradient, want.Gradient)
	})
}

// TestSumWeightsAllocates holds that the sum takes no memory of the heap.
func TestSumWeightsAllocates(t *testing.T) {
	c, n := newConv(conv.SameShape(1, 1, 2, 2, 6, 8)), 3
	w := &Weights{Value: nans(48), Gradient: nans(48), Kept: make([]float32, n*(c.batch.KeptInput()+c.batch.KeptGradient())), Blocks: nans(abi.WeightBlockMemory)}
	b := &Batch{N: n}
	if got := testing.AllocsPerRun(20, func() { c.SumWeights(w, 0.1, b, par.Part{Index: 0, Of: 1}) }); got != 0 {
		t.Errorf("got %g allocations, want none", got)
	}
}

// BenchmarkSumWeights measures the gradient of weights of a batch of 32 images.
func BenchmarkSumWeights(b *testing.B) {
	for _, s := range []conv.Shape{
		conv.SameShape(1, 1, 7, 7, 512, 2048), conv.SameShape(1, 1, 7, 7, 2048, 512),
		conv.SameShape(1, 2, 14, 14, 1024, 2048), conv.SameShape(3, 2, 14, 14, 512, 512), conv.SameShape(1, 1, 14, 14, 256, 1024),
	} {
		b.Run(fmt.Sprintf("%dx%ds%d/%dx%dx%dx%d", s.Kernel, s.Kernel, s.Stride, s.Height, s.Width, s.In, s.Out), func(b *testing.B) {
			c, n, length := newConv(s), 32, s.Kernel*s.Kernel*s.In*s.Out
			ones := func(n int) []float32 { return slices.Repeat([]float32{1}, n) }
			w := &Weights{Value: ones(length), Gradient: ones(length), Kept: ones(n * (c.batch.KeptInput() + c.batch.KeptGradient())), Blocks: ones(abi.WeightBlockMemory)}
			for b.Loop() {
				c.SumWeights(w, 0, &Batch{N: n}, par.Part{Index: 0, Of: 1})
			}
			b.ReportMetric(2*float64(n*s.OutHeight()*s.OutWidth()*length)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
