//go:build amd64 && !purego

package f32

import "github.com/resnetgen/resnetgen/asm/cpu"

func sumActivate(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols, step int, scale, shift []float32, leak float32) {
	channels := len(scale)
	if !vectors(channels) {
		sumActivateGeneric(sum, act, actPitch, src, srcPitch, add, rows, cols, step, scale, shift, leak)
		return
	}
	actGap, srcGap := 4*(actPitch-cols*step), 4*(srcPitch-cols*channels)
	step, srcStep := 4*step, 4*channels
	var nowhere [4 * line]float32
	for c := 0; c < channels; {
		kept, other, sumStep, addStep := &nowhere[0], &nothing[0], 0, 0
		if sum != nil {
			kept, sumStep = &sum[c], step
		}
		if add != nil {
			other, addStep = &add[c], step
		}
		w := width(channels, c)
		switch {
		case w == 4*line:
			sumActivate64AVX512(kept, &act[c], &src[c], other, &scale[c], &shift[c], leak, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep)
		case w == 2*line:
			sumActivate32AVX512(kept, &act[c], &src[c], other, &scale[c], &shift[c], leak, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep)
		case w == line && cpu.Active() >= cpu.AVX512:
			sumActivate16AVX512(kept, &act[c], &src[c], other, &scale[c], &shift[c], leak, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep)
		case w == line:
			sumActivate16AVX2(kept, &act[c], &src[c], other, &scale[c], &shift[c], leak, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep)
		default:
			sumActivate8AVX2(kept, &act[c], &src[c], other, &scale[c], &shift[c], leak, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep)
		}
		c += w
	}
}

// The assembly works on as many channels as its name says: step is the number of bytes from one pixel of act to the next, srcStep that
// of src, sumStep and addStep those of sum and add, 0 where there is none; the gaps are those from the end of a row to the next.

//go:noescape
func sumActivate8AVX2(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)

//go:noescape
func sumActivate16AVX2(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)

//go:noescape
func sumActivate16AVX512(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)

//go:noescape
func sumActivate32AVX512(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)

//go:noescape
func sumActivate64AVX512(sum, act, src, add, scale, shift *float32, leak float32, rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int)
