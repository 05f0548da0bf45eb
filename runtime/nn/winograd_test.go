package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/asm/asmtest"
	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// winogradCase is a convolution both ways.
type winogradCase struct {
	*convCase
	w         *Winograd
	packed    Weights
	haloedDY  []float32
	workspace []float32
}

func newWinogradCase(height, width, in, out int, value func() float32) *winogradCase {
	k := &winogradCase{
		convCase: newConvCase(NewConv(3, 1, height, width, in, out), value), w: NewWinograd(height, width, in, out),
		workspace: nans(abi.WinogradWorkspace(height, width, in, out)),
	}
	k.packed = Weights{
		Value: k.convCase.w, Forward: nans(blocks(out) * 16 * in * 36), Backward: nans(blocks(in) * 16 * out * 36),
	}
	k.haloedDY = make([]float32, (height+2)*(width+2)*out)
	PutInHalo(k.haloedDY, k.dy, height, width, out)
	for part := range 3 {
		k.w.Pack(&k.packed, &Batch{Training: true}, par.Part{Index: part, Of: 3})
	}
	return k
}

// winogradBound is the error of an output of Winograd's convolution in units of 2⁻²⁴, relative to the largest
// output: the transforms' largest row sums are 10, 15 and 1, squared for two dimensions; measured, it is far less.
const winogradBound = 400

// TestWinograd compares with the direct convolution in float64, and every level with the portable one.
func TestWinograd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		channels := rapid.SampledFrom([]int{1, 3, 8, 16, 24})
		k := newWinogradCase(rapid.IntRange(1, 10).Draw(t, "height"), rapid.IntRange(1, 10).Draw(t, "width"),
			channels.Draw(t, "in"), channels.Draw(t, "out"), func() float32 { return float32(r.NormFloat64()) })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		k.w.Forward(y, k.haloed, k.packed.Forward, k.workspace)
		k.w.BackwardData(dx, k.haloedDY, k.packed.Backward, k.workspace)
		near(t, "y", y, k.wantForward())
		near(t, "dx", dx, k.wantData())
		images := rapid.IntRange(1, 10).Draw(t, "images")
		k.groupStart = make([]float32, len(k.groupStart))
		want := make([]float32, len(k.groupStart))
		for i, v := range k.wantWeights() {
			want[i] = v * float32(images)
		}
		weights := func() []float32 {
			dw := nans(len(want))
			for i := range images {
				k.w.BackwardWeights(k.haloed, k.haloedDY, k.workspace, i)
			}
			k.w.FinishWeights(dw, k.workspace, images)
			return dw
		}
		dw := weights()
		near(t, "dw", dw, want)
		for _, level := range cpu.Levels() {
			restore := cpu.Set(level)
			again, dxAgain := nans(len(y)), nans(len(dx))
			k.w.Forward(again, k.haloed, k.packed.Forward, k.workspace)
			k.w.BackwardData(dxAgain, k.haloedDY, k.packed.Backward, k.workspace)
			dwAgain := weights()
			restore()
			asmtest.SameBits(t, "dw", dwAgain, dw)
			asmtest.SameBits(t, "y", again, y)
			asmtest.SameBits(t, "dx", dxAgain, dx)
		}
	})
}

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

// BenchmarkWinograd measures one image, in operations of the direct convolution.
func BenchmarkWinograd(b *testing.B) {
	for _, s := range []struct{ size, in, out int }{{32, 16, 16}, {28, 16, 16}, {16, 32, 32}, {14, 32, 32}, {8, 64, 64}, {7, 64, 64}, {32, 160, 160}, {8, 640, 640}} {
		r := rand.New(rand.NewPCG(1, 1))
		k := newWinogradCase(s.size, s.size, s.in, s.out, func() float32 { return float32(r.NormFloat64()) })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		_, v, m := k.w.split(k.workspace, &k.w.in, &k.w.out)
		clear(k.workspace)
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"fwd", func() { k.w.Forward(y, k.haloed, k.packed.Forward, k.workspace) }},
			{"bwd_data", func() { k.w.BackwardData(dx, k.haloedDY, k.packed.Backward, k.workspace) }},
			{"bwd_weights", func() {
				const group = 8
				for i := range group {
					k.w.BackwardWeights(k.haloed, k.haloedDY, k.workspace, i)
				}
				k.w.FinishWeights(k.groupStart, k.workspace, group)
			}},
			{"products", func() { k.w.forward.Conv(m, v, k.packed.Forward) }},
			{"input", func() { k.w.in.TransformInput(v, k.workspace, k.w.padCols*s.in) }},
			{"pack", func() { k.w.Pack(&k.packed, &Batch{Training: true}, par.Part{Index: 0, Of: 1}) }},
		} {
			b.Run(fmt.Sprintf("impl=%s/shape=%dx%dx%dx%d/pass=%s", cpu.Active(), s.size, s.size, s.in, s.out, pass.name), func(b *testing.B) {
				flops := 2 * float64(s.size*s.size*s.in*s.out*9)
				for b.Loop() {
					pass.run()
				}
				if pass.name == "bwd_weights" {
					flops *= 8
				}
				b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// TestWinogradBatch compares the three passes of a batch with the direct convolution, and every level and number of
// workers with each other, bit for bit.
func TestWinogradBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		side := rapid.SampledFrom([]int{4, 8})
		height, width := side.Draw(t, "height"), side.Draw(t, "width")
		in, out := rapid.SampledFrom([]int{16, 48}).Draw(t, "in"), rapid.SampledFrom([]int{16, 32, 176}).Draw(t, "out")
		capacity := rapid.IntRange(1, 3).Draw(t, "capacity")
		k := newWinogradBatchCase(height, width, in, out, capacity, func() float32 { return float32(r.NormFloat64()) })
		images := rapid.IntRange(1, capacity).Draw(t, "images")
		y, dx, dw := k.run(images, 1)
		for i := range images {
			near(t, "y", y[i], k.images[i].wantForward())
			near(t, "dx", dx[i], k.images[i].wantData())
		}
		near(t, "dw", dw, k.wantGradient(images))
		for _, level := range cpu.Levels() {
			restore := cpu.Set(level)
			yAgain, dxAgain, dwAgain := k.run(images, rapid.IntRange(1, 5).Draw(t, "workers"))
			restore()
			for i := range images {
				asmtest.SameBits(t, "y", yAgain[i], y[i])
				asmtest.SameBits(t, "dx", dxAgain[i], dx[i])
			}
			asmtest.SameBits(t, "dw", dwAgain, dw)
		}
	})
}

// winogradBatchCase is a batch of images that share a kernel.
type winogradBatchCase struct {
	w       *WinogradBatch
	images  []*winogradCase
	weights Weights
}

func newWinogradBatchCase(height, width, in, out, capacity int, value func() float32) *winogradBatchCase {
	n := abi.WinogradPlanes * abi.WinogradPlane(height/4*width/4*capacity, max(in, out))
	m := &Memory{Plan: &Plan{Capacity: capacity}, Transforms: BatchTransforms{
		Input: nans(n), Gradient: nans(n), Data: nans(n), Product: nans(n), Chunks: nans(abi.Groups * abi.WinogradChunk),
	}}
	k := &winogradBatchCase{w: NewWinogradBatch(m, height, width, in, out)}
	for range capacity {
		image := newWinogradCase(height, width, in, out, value)
		if len(k.images) > 0 {
			image.convCase.w = k.images[0].convCase.w
		}
		k.images = append(k.images, image)
	}
	k.weights = Weights{
		Value: k.images[0].convCase.w, Gradient: nans(9 * in * out),
		Forward: nans(in * out * abi.WinogradPlanes), Backward: nans(in * out * abi.WinogradPlanes),
	}
	for part := range 3 {
		k.w.Pack(&k.weights, &Batch{Training: true}, par.Part{Index: part, Of: 3})
	}
	return k
}

// run computes outputs, gradients of the images and of the kernel, without decay.
func (k *winogradBatchCase) run(images, workers int) (y, dx [][]float32, dw []float32) {
	b := &Batch{N: images, Training: true}
	for i := range images {
		k.w.InputWeights(i, k.images[i].haloed, k.images[i].haloedDY)
		k.w.InputGradient(i, k.images[i].haloedDY)
	}
	for part := range workers {
		k.w.Forward(&k.weights, b, par.Part{Index: part, Of: workers})
		k.w.BackwardWeights(&k.weights, 0, b, par.Part{Index: part, Of: workers})
	}
	for i := range images {
		y = append(y, nans(len(k.images[i].dy)))
		k.w.Output(i, y[i])
	}
	for part := range workers {
		k.w.BackwardData(&k.weights, b, par.Part{Index: part, Of: workers})
	}
	for i := range images {
		dx = append(dx, nans(len(k.images[i].x)))
		k.w.OutputGradient(i, dx[i])
	}
	return y, dx, append([]float32(nil), k.weights.Gradient...)
}

func (k *winogradBatchCase) wantGradient(images int) []float32 {
	dw := make([]float32, len(k.weights.Value))
	for _, image := range k.images[:images] {
		image.groupStart = make([]float32, len(dw))
		for i, v := range image.wantWeights() {
			dw[i] += v
		}
	}
	return dw
}
