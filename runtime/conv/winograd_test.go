package conv

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
	forward, data             *Winograd
	weights                   *WinogradBackwardWeights
	packing                   WinogradPacking
	packedForward, packedData []float32
	haloedDY                  []float32
	workspace                 []float32
}

func newWinogradCase(height, width, in, out int, value func() float32) *winogradCase {
	k := &winogradCase{
		convCase: newConvCase(SameShape(3, 1, height, width, in, out), value),
		forward:  NewWinograd(height, width, in, out), data: NewWinograd(height, width, out, in),
		weights: NewWinogradBackwardWeights(height, width, in, out), packing: WinogradPacking{In: in, Out: out},
		workspace: nans(abi.WinogradWorkspace(height, width, in, out)),
	}
	k.packedForward, k.packedData = nans(k.packing.ForwardLen()), nans(k.packing.BackwardLen())
	halo := Halo(height, width, out, 1)
	k.haloedDY = make([]float32, halo.Len())
	halo.Put(k.haloedDY, k.dy)
	for part := range 3 {
		k.pack(par.Part{Index: part, Of: 3})
	}
	return k
}

func (k *winogradCase) pack(part par.Part) {
	k.packing.PackForward(k.packedForward, k.w, part)
	k.packing.PackBackward(k.packedData, k.w, part)
}

// winogradBound is the error of an output of Winograd's convolution in units of 2⁻²⁴, relative to
// the largest output: the transforms' largest row sums are 10, 15 and 1, squared for two
// dimensions; measured, it is far less.
const winogradBound = 400

// TestWinograd compares with the direct convolution in float64, and every level with the portable
// one.
func TestWinograd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		channels := rapid.SampledFrom([]int{1, 3, 8, 16, 24})
		k := newWinogradCase(rapid.IntRange(1, 10).Draw(t, "height"), rapid.IntRange(1, 10).Draw(t, "width"),
			channels.Draw(t, "in"), channels.Draw(t, "out"), func() float32 { return float32(r.NormFloat64()) })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		k.forward.Compute(y, k.haloed, k.packedForward, k.workspace)
		k.data.Compute(dx, k.haloedDY, k.packedData, k.workspace)
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
				k.weights.Add(k.haloed, k.haloedDY, k.workspace, i)
			}
			k.weights.Finish(dw, k.workspace, images)
			return dw
		}
		dw := weights()
		near(t, "dw", dw, want)
		for _, level := range cpu.Levels() {
			restore := cpu.Set(level)
			again, dxAgain := nans(len(y)), nans(len(dx))
			k.forward.Compute(again, k.haloed, k.packedForward, k.workspace)
			k.data.Compute(dxAgain, k.haloedDY, k.packedData, k.workspace)
			dwAgain := weights()
			restore()
			asmtest.SameBits(t, "dw", dwAgain, dw)
			asmtest.SameBits(t, "y", again, y)
			asmtest.SameBits(t, "dx", dxAgain, dx)
		}
	})
}

// TestWinogradBands holds that bands of any height have the bits of the whole image.
func TestWinogradBands(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	k := newWinogradCase(16, 8, 8, 24, func() float32 { return float32(r.NormFloat64()) })
	results := func(band int) (y, dw []float32) {
		s := newWorkspace(16, 8, 8, 24)
		s.band, s.images = band, 1
		y, dw = nans(len(k.dy)), nans(len(k.groupStart))
		newWinograd(s).Compute(y, k.haloed, k.packedForward, k.workspace)
		weights := newWinogradBackwardWeights(s)
		for i := range 3 {
			weights.Add(k.haloed, k.haloedDY, k.workspace, i)
		}
		weights.Finish(dw, k.workspace, 3)
		return y, dw
	}
	wantY, wantDW := results(4)
	for band := 1; band < 4; band++ {
		y, dw := results(band)
		asmtest.SameBits(t, "y", y, wantY)
		asmtest.SameBits(t, "dw", dw, wantDW)
	}
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
	for _, s := range []struct{ size, in, out int }{{56, 64, 64}, {28, 128, 128}, {14, 256, 256}, {7, 512, 512}, {32, 16, 16}, {28, 16, 16}, {16, 32, 32}, {14, 32, 32}, {8, 64, 64}, {7, 64, 64}, {32, 160, 160}, {8, 640, 640}} {
		r := rand.New(rand.NewPCG(1, 1))
		k := newWinogradCase(s.size, s.size, s.in, s.out, func() float32 { return float32(r.NormFloat64()) })
		y, dx := nans(len(k.dy)), nans(len(k.x))
		padded, v, m := k.forward.split(k.workspace)
		tiled := TiledHalo(s.size, s.size, s.in, 1)
		clear(k.workspace)
		band := k.forward.from.Grid
		band.Rows = k.forward.band
		for _, pass := range []struct {
			name string
			run  func()
		}{
			{"fwd", func() { k.forward.Compute(y, k.haloed, k.packedForward, k.workspace) }},
			{"bwd_data", func() { k.data.Compute(dx, k.haloedDY, k.packedData, k.workspace) }},
			{"bwd_weights", func() {
				const group = 8
				for i := range group {
					k.weights.Add(k.haloed, k.haloedDY, k.workspace, i)
				}
				k.weights.Finish(k.groupStart, k.workspace, group)
			}},
			{"products", func() { k.forward.products[k.forward.band].Conv(m, v, k.packedForward) }},
			{"input", func() { band.TransformInput(v, padded, tiled.Pitch()) }},
			{"pack", func() { k.pack(par.Part{Index: 0, Of: 1}) }},
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
