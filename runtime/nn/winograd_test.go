package nn

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// nans returns n values that an operation has to overwrite.
func nans(n int) []float32 { return asmtest.NaNs(make([]float32, n)) }

// convImage is an image and the gradient of its output, without halo and in one.
type convImage struct{ x, dy, haloed, haloedDY []float32 }

// convLayer is the weights of a 3×3 convolution of stride 1, and the images that it is computed
// for.
type convLayer struct {
	height, width, in, out int
	value                  []float32
	images                 []convImage
}

func newConvLayer(height, width, in, out, images int, value func() float32) *convLayer {
	fill := func(n int) []float32 {
		s := make([]float32, n)
		for i := range s {
			s[i] = value()
		}
		return s
	}
	l := &convLayer{height, width, in, out, fill(9 * in * out), nil}
	for range images {
		i := convImage{x: fill(height * width * in), dy: fill(height * width * out)}
		i.haloed, i.haloedDY = make([]float32, (height+2)*(width+2)*in), make([]float32, (height+2)*(width+2)*out)
		PutInHalo(i.haloed, i.x, height, width, in, 1)
		PutInHalo(i.haloedDY, i.dy, height, width, out, 1)
		l.images = append(l.images, i)
	}
	return l
}

// weights returns the weights with memory for packed ones, from so many channels to so many.
func (l *convLayer) weights(packed func(from, to int) int) *Weights {
	return &Weights{Value: l.value, Gradient: nans(len(l.value)), Forward: nans(packed(l.in, l.out)), Backward: nans(packed(l.out, l.in))}
}

// directWeights is the elements of weights packed for [Conv].
func directWeights(from, to int) int { return abi.PackBlocks(to) * abi.PackChannels * from * 9 }

// results are the outputs, and the gradients of the images and of the weights.
type results struct {
	y, dx [][]float32
	dw    []float32
}

func (l *convLayer) results() *results {
	r := &results{dw: make([]float32, len(l.value))}
	for range l.images {
		r.y, r.dx = append(r.y, nans(l.height*l.width*l.out)), append(r.dx, nans(l.height*l.width*l.in))
	}
	return r
}

// pack packs weights as three workers do.
func pack(packing interface {
	Pack(*Weights, *Batch, par.Part)
}, w *Weights,
) {
	for part := range 3 {
		packing.Pack(w, &Batch{Training: true}, par.Part{Index: part, Of: 3})
	}
}

// direct computes the results by [Conv], whose bits package conv's tests hold.
func (l *convLayer) direct() *results {
	c, w, r := NewConv(3, 1, l.height, l.width, l.in, l.out), l.weights(directWeights), l.results()
	pack(c, w)
	for i, image := range l.images {
		c.Forward(r.y[i], image.haloed, w.Forward)
		c.BackwardData(r.dx[i], image.dy, w.Backward)
		c.BackwardWeights(r.dw, image.haloed, image.dy)
	}
	return r
}

func (r *results) near(t *rapid.T, want *results) {
	for i := range want.y {
		near(t, "y", r.y[i], want.y[i])
		near(t, "dx", r.dx[i], want.dx[i])
	}
	near(t, "dw", r.dw, want.dw)
}

func (r *results) sameBits(t *rapid.T, want *results) {
	for i := range want.y {
		asmtest.SameBits(t, "y", r.y[i], want.y[i])
		asmtest.SameBits(t, "dx", r.dx[i], want.dx[i])
	}
	asmtest.SameBits(t, "dw", r.dw, want.dw)
}

// winogradBound is that of package conv's tests.
const winogradBound = 400

func near(t *rapid.T, what string, got, want []float32) {
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i := range got {
		if d := math.Abs(float64(got[i]) - float64(want[i])); !(d <= winogradBound*0x1p-24*max(largest, 1)) {
			t.Fatalf("%s[%d]: got %g, want %g", what, i, got[i], want[i])
		}
	}
}

// TestWinograd compares a group's images with the direct convolution.
func TestWinograd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		channels := rapid.SampledFrom([]int{1, 16, 24})
		l := newConvLayer(rapid.IntRange(1, 9).Draw(t, "height"), rapid.IntRange(1, 9).Draw(t, "width"), channels.Draw(t, "in"), channels.Draw(t, "out"),
			rapid.IntRange(1, 4).Draw(t, "images"), func() float32 { return float32(r.NormFloat64()) })
		c, w, got := NewWinograd(l.height, l.width, l.in, l.out), l.weights(abi.WinogradWeights), l.results()
		workspace := nans(abi.WinogradWorkspace(l.height, l.width, l.in, l.out))
		pack(c, w)
		for i, image := range l.images {
			c.Forward(got.y[i], image.haloed, w.Forward, workspace)
			c.BackwardWeights(image.haloed, image.haloedDY, workspace, i)
			c.BackwardData(got.dx[i], image.haloedDY, w.Backward, workspace)
		}
		c.FinishWeights(got.dw, workspace, len(l.images))
		got.near(t, l.direct())
	})
}

// TestWinogradBatch holds that the three passes of a batch have the bits of images one by one, with
// every level and number of workers.
func TestWinogradBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		height, width := rapid.IntRange(1, 9).Draw(t, "height"), rapid.IntRange(1, 9).Draw(t, "width")
		in, out := rapid.SampledFrom([]int{16, 48}).Draw(t, "in"), rapid.SampledFrom([]int{16, 32, 176}).Draw(t, "out")
		capacity := rapid.IntRange(1, 40).Draw(t, "capacity")
		l := newConvLayer(height, width, in, out, rapid.IntRange(1, capacity).Draw(t, "images"), func() float32 { return float32(r.NormFloat64()) })
		c, decay := newWinogradBatchCase(l, capacity), rapid.SampledFrom([]float32{0, 0.5}).Draw(t, "decay")
		want := l.imageByImage(decay)
		for _, level := range cpu.Levels() {
			restore := cpu.Set(level)
			got := l.batch(c, &Batch{N: len(l.images), Training: true}, decay, rapid.IntRange(1, 5).Draw(t, "workers"))
			restore()
			got.sameBits(t, want)
		}
	})
}

// TestWinogradBatchRanks holds that ranks, each of which sees no image but its own, have the bits
// of one process.
func TestWinogradBatchRanks(t *testing.T) {
	const images, in, out, decay = 19, 16, 32, 0.5
	r := rand.New(rand.NewPCG(1, 1))
	l := newConvLayer(7, 7, in, out, images, func() float32 { return float32(r.NormFloat64()) })
	want := l.imageByImage(decay)
	for _, size := range []int{2, 4} {
		all := make([]*results, size)
		linktest.Each(size, func(rank int, link *linktest.Link) {
			b := &Batch{N: images, Training: true, ranks: newRankGroup(network.Options{Link: link})}
			all[rank] = l.batch(newWinogradBatchCase(l, images), b, decay, 1+rank)
			b.ranks.allReduce.finish()
		})
		for rank, got := range all {
			own := network.RankImages(images, rank, size)
			for i := own.First; i < own.End; i++ {
				asmtest.SameBits(t, "y", got.y[i], want.y[i])
				asmtest.SameBits(t, "dx", got.dx[i], want.dx[i])
			}
			asmtest.SameBits(t, "dw", got.dw, want.dw)
		}
	}
}

// newWinogradBatchCase returns the convolution in memory for so many images.
func newWinogradBatchCase(l *convLayer, capacity int) *WinogradBatch {
	n := abi.WinogradTransform(l.height, l.width, capacity, l.in, l.out)
	m := &Memory{Plan: &Plan{Capacity: capacity}, Transforms: BatchTransforms{
		Input: nans(n), GradientForWeights: nans(n), GradientForInput: nans(n), Product: nans(n), Blocks: nans(abi.Groups * abi.WinogradBlockMemory),
	}}
	return NewWinogradBatch(m, l.height, l.width, l.in, l.out)
}

// imageByImage computes the results by [Winograd], image by image, and the gradient of the weights
// by groups.
func (l *convLayer) imageByImage(decay float32) *results {
	c, w, r, n := NewWinograd(l.height, l.width, l.in, l.out), l.weights(abi.WinogradWeights), l.results(), len(l.images)
	w.Partials = Partials{Memory: nans(abi.Groups * len(l.value)), Pitch: len(l.value), Len: len(l.value)}
	workspace := nans(abi.WinogradWorkspace(l.height, l.width, l.in, l.out))
	pack(c, w)
	for g := range abi.Groups {
		images := GroupImages(n, g)
		for i := images.First; i < images.End; i++ {
			image := &l.images[i]
			c.Forward(r.y[i], image.haloed, w.Forward, workspace)
			c.BackwardWeights(image.haloed, image.haloedDY, workspace, i-images.First)
			c.BackwardData(r.dx[i], image.haloedDY, w.Backward, workspace)
		}
		if images.First < images.End {
			c.FinishWeights(w.Partials.Group(g), workspace, images.End-images.First)
		}
	}
	w.Reduce(decay, &Batch{N: n}, par.Part{Index: 0, Of: 1})
	r.dw = w.Gradient
	return r
}

// batch computes the results of this process's images of a batch together.
func (l *convLayer) batch(c *WinogradBatch, b *Batch, decay float32, workers int) *results {
	w, r, own := l.weights(abi.WinogradWeights), l.results(), b.images()
	padded := nans(abi.WinogradPadded(l.height, l.width, max(l.in, l.out)))
	pack(c, w)
	for i := own.First; i < own.End; i++ {
		c.Input(i, l.images[i].haloed, padded)
	}
	for part := range workers {
		c.Forward(w, b, par.Part{Index: part, Of: workers})
	}
	for i := own.First; i < own.End; i++ {
		image := &l.images[i]
		c.Output(i, r.y[i], padded)
		c.InputWeights(i, image.haloed, image.haloedDY, padded)
		c.InputGradient(i, image.haloedDY, padded)
	}
	for part := range workers {
		c.BackwardWeights(w, decay, b, par.Part{Index: part, Of: workers})
		c.BackwardData(w, b, par.Part{Index: part, Of: workers})
	}
	for i := own.First; i < own.End; i++ {
		c.OutputGradient(i, r.dx[i], padded)
	}
	r.dw = w.Gradient
	return r
}
