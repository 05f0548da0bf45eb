package main

import (
	"math/rand/v2"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/nn"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// shape is a convolution of square images. A batch is few enough images to stay in the L2 cache,
// where a training step has them, except for the widest.
type shape struct {
	name                 string
	kernel, stride, size int
	in, out, batch       int
	winograd             bool
}

var shapes = []shape{
	{"A", 3, 1, 32, 16, 16, 4, true},
	{"B", 3, 1, 16, 32, 32, 8, true},
	{"C", 3, 1, 8, 64, 64, 16, true},
	{"D", 3, 2, 32, 16, 32, 4, false},
	{"E", 3, 2, 16, 32, 64, 8, false},
	{"F", 3, 1, 32, 3, 16, 4, false},
	{"G 64→16", 1, 1, 32, 64, 16, 2, false},
	{"G 16→64", 1, 1, 32, 16, 64, 2, false},
	{"H 160", 3, 1, 32, 160, 160, 4, true},
	{"H 640", 3, 1, 8, 640, 640, 16, true},
}

var passes = []string{"fwd", "bwd_data", "bwd_weights"}

// flops is the direct convolution's, of one image.
func (s *shape) flops() float64 {
	outputs := (s.size + s.stride - 1) / s.stride
	return 2 * float64(outputs*outputs*s.kernel*s.kernel*s.in*s.out)
}

// operands are a batch of images, with a halo and without, and one of gradients, with all kinds of
// weights.
type operands struct {
	x, dx, y, dy      []float32
	haloedDY          []float32
	weights           nn.Weights
	gradient, scratch []float32
	lx, ldx, ly, lh   int // of one image
}

func fill(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

func (s *shape) operands(winograd bool) *operands {
	halo := s.kernel / 2
	outputs := (s.size + s.stride - 1) / s.stride
	o := &operands{lx: (s.size + 2*halo) * (s.size + 2*halo) * s.in, ldx: s.size * s.size * s.in, ly: outputs * outputs * s.out}
	o.x, o.dx = fill(o.lx*s.batch), fill(o.ldx*s.batch)
	o.y, o.dy = fill(o.ly*s.batch), fill(o.ly*s.batch)
	if halo > 0 {
		o.lh = (outputs + 2) * (outputs + 2) * s.out
		o.haloedDY = make([]float32, o.lh*s.batch)
		for i := range s.batch {
			nn.PutInHalo(o.haloedDY[i*o.lh:][:o.lh], o.dy[i*o.ly:][:o.ly], outputs, outputs, s.out, 1)
			nn.PutInHalo(o.x[i*o.lx:][:o.lx], o.dx[i*o.ldx:][:o.ldx], s.size, s.size, s.in, 1)
		}
	}
	taps := s.kernel * s.kernel
	o.weights.Value, o.gradient = fill(taps*s.in*s.out), fill(taps*s.in*s.out)
	packed := func(from, to int) int { return abi.PackBlocks(to) * abi.PackChannels * taps * from }
	if winograd {
		packed = abi.WinogradWeights
		o.scratch = make([]float32, abi.WinogradWorkspace(s.size, s.size, s.in, s.out))
	}
	o.weights.Forward, o.weights.Backward = make([]float32, packed(s.in, s.out)), make([]float32, packed(s.out, s.in))
	return o
}

// direct returns the three passes over a batch.
func (s *shape) direct() map[string]func() {
	c, o := nn.NewConv(s.kernel, s.stride, s.size, s.size, s.in, s.out), s.operands(false)
	c.Pack(&o.weights, &nn.Batch{Training: true}, par.Part{Index: 0, Of: 1})
	return s.each(o, map[string]func(i int){
		"fwd":         func(i int) { c.Forward(o.y[i*o.ly:], o.x[i*o.lx:], o.weights.Forward) },
		"bwd_data":    func(i int) { c.BackwardData(o.dx[i*o.ldx:], o.dy[i*o.ly:], o.weights.Backward) },
		"bwd_weights": func(i int) { c.BackwardWeights(o.gradient, o.x[i*o.lx:], o.dy[i*o.ly:]) },
	})
}

// byWinograd returns the three passes over a batch, as the compiler would choose them.
func (s *shape) byWinograd() map[string]func() {
	if s.in*s.out >= 256*256 {
		return s.byWinogradBatch()
	}
	return s.byWinogradImage()
}

// byWinogradBatch takes the products of all images at once.
func (s *shape) byWinogradBatch() map[string]func() {
	o := s.operands(true)
	n := abi.WinogradTransform(s.size, s.size, s.batch, s.in, s.out)
	w := nn.NewWinogradBatch(&nn.Memory{Plan: &nn.Plan{Capacity: s.batch}, Transforms: nn.BatchTransforms{
		Input: fill(n), GradientForWeights: fill(n), GradientForInput: fill(n), Product: fill(n), Blocks: fill(abi.WinogradBlockMemory),
	}}, s.size, s.size, s.in, s.out)
	o.weights.Gradient = o.gradient
	all, b := par.Part{Index: 0, Of: 1}, &nn.Batch{Training: true, N: s.batch}
	w.Pack(&o.weights, b, all)
	each := func(do func(i int)) {
		for i := range s.batch {
			do(i)
		}
	}
	return map[string]func(){
		"fwd": func() {
			each(func(i int) { w.Input(i, o.x[i*o.lx:], o.scratch) })
			w.Forward(&o.weights, b, all)
			each(func(i int) { w.Output(i, o.y[i*o.ly:], o.scratch) })
		},
		"bwd_data": func() {
			each(func(i int) { w.InputGradient(i, o.haloedDY[i*o.lh:], o.scratch) })
			w.BackwardData(&o.weights, b, all)
			each(func(i int) { w.OutputGradient(i, o.dx[i*o.ldx:], o.scratch) })
		},
		"bwd_weights": func() {
			each(func(i int) { w.InputWeights(i, o.x[i*o.lx:], o.haloedDY[i*o.lh:], o.scratch) })
			w.BackwardWeights(&o.weights, 0, b, all)
		},
	}
}

// byWinogradImage takes images one by one; a gradient's group of images is the batch.
func (s *shape) byWinogradImage() map[string]func() {
	w, o := nn.NewWinograd(s.size, s.size, s.in, s.out), s.operands(true)
	w.Pack(&o.weights, &nn.Batch{Training: true}, par.Part{Index: 0, Of: 1})
	return s.each(o, map[string]func(i int){
		"fwd":      func(i int) { w.Forward(o.y[i*o.ly:], o.x[i*o.lx:], o.weights.Forward, o.scratch) },
		"bwd_data": func(i int) { w.BackwardData(o.dx[i*o.ldx:], o.haloedDY[i*o.lh:], o.weights.Backward, o.scratch) },
		"bwd_weights": func(i int) {
			w.BackwardWeights(o.x[i*o.lx:], o.haloedDY[i*o.lh:], o.scratch, i)
			if i == s.batch-1 {
				w.FinishWeights(o.gradient, o.scratch, s.batch)
			}
		},
	})
}

func (s *shape) each(o *operands, image map[string]func(i int)) map[string]func() {
	batches := map[string]func(){}
	for pass, run := range image {
		batches[pass] = func() {
			for i := range s.batch {
				run(i)
			}
		}
	}
	return batches
}
