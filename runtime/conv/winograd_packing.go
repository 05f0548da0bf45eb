package conv

import (
	"unsafe"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// WinogradPacking transforms the weights of a convolution, [3][3][In][Out], and lays them out for
// one or the other pass, from one kind of channels to the other: as [to/16][36][from][16], planes
// abi.WinogradWeightsPlane elements apart.
type WinogradPacking struct {
	In, Out int
}

// ForwardLen returns the elements of the weights packed for the forward pass.
func (p *WinogradPacking) ForwardLen() int { return abi.WinogradWeights(p.In, p.Out) }

// BackwardLen returns the elements of the weights packed for the gradient of the input.
func (p *WinogradPacking) BackwardLen() int { return abi.WinogradWeights(p.Out, p.In) }

// PackForward packs part of the weights for the forward pass, from inputs to outputs.
func (p *WinogradPacking) PackForward(dst, w []float32, part par.Part) {
	p.pack(dst, w, p.In, p.Out, false, part)
}

// PackBackward packs part of the weights for the gradient of the input: from outputs to inputs,
// with the kernel turned round.
func (p *WinogradPacking) PackBackward(dst, w []float32, part par.Part) {
	p.pack(dst, w, p.Out, p.In, true, part)
}

func (p *WinogradPacking) pack(dst, w []float32, from, to int, turned bool, part par.Part) {
	plane := abi.WinogradWeightsPlane(from)
	r := part.Range(abi.PackBlocks(to) * from)
	for i := r.First; i < r.End; i++ {
		b, f := i/from, i%from
		for lane := 0; lane < abi.PackChannels; lane += f32.WeightLanes {
			first := b*abi.PackChannels + lane
			n := min(f32.WeightLanes, to-first)
			packed := dst[b*abi.WinogradPlanes*plane+f*abi.PackChannels+lane:]
			if n == f32.WeightLanes && !turned { // they lie side by side
				f32.TransformWeights(packed, plane, w[f*p.Out+first:], p.In*p.Out)
				continue
			}
			var taps kernels
			if n > 0 {
				p.gather(&taps, w, turned, f, first, n)
			}
			f32.TransformWeights(packed, plane, unsafe.Slice(&taps[0][0], 9*f32.WeightLanes), f32.WeightLanes)
		}
	}
}

// kernels are the taps of f32.WeightLanes kernels side by side.
type kernels [9][f32.WeightLanes]float32

// gather lays the kernels from one channel to n channels from to on side by side.
func (p *WinogradPacking) gather(taps *kernels, w []float32, turned bool, from, to, n int) {
	for k := range 9 {
		if !turned {
			copy(taps[k][:n], w[(k*p.In+from)*p.Out+to:])
			continue
		}
		at := (k*p.In+to)*p.Out + from
		for lane := range n {
			taps[8-k][lane] = w[at]
			at += p.Out
		}
	}
}
