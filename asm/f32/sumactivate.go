package f32

import "math"

// sumActivateKernels are the kernels that end a convolution of inference.
type sumActivateKernels struct{ sumActivate blocks[sumActivateArgs] }

var sumActivateFamily = newFamily("sum and activation of inference", "", sumActivateKernels{})

// sumActivateArgs is one call: rows of cols pixels. Bytes from one pixel to the next are step in
// act, srcStep in src, and sumStep and addStep in sum and add, where 0 means that there is none;
// the gaps are those from the end of a row to the next.
type sumActivateArgs struct {
	sum, act, src, add, scale, shift                            *float32
	leak                                                        float32
	rows, cols, step, srcStep, actGap, srcGap, sumStep, addStep int
}

// SumActivate ends a convolution of inference: it computes, for each of rows·cols pixels of C =
// len(scale) channels,
//
//	v = src + add        or src where add is nil
//	sum = v              unless sum is nil
//	act = leaky(v·scale + shift), the product and the sum fused
//
// src is [rows][cols][C], its rows srcPitch elements apart. The others may have more channels than
// these: their pixels are step elements apart, those of sum and add without gaps, the rows of act
// actPitch. sum may be add. It panics where a slice is too short.
func SumActivate(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols, step int, scale, shift []float32, leak float32) {
	channels := len(scale)
	if !(rows > 0 && cols > 0 && channels > 0 && len(shift) == channels && step >= channels) {
		fail("SumActivate", "got %d rows, %d columns, pixels of %d, %d and %d coefficients, want positive numbers, as many coefficients, no more than a pixel has",
			rows, cols, step, channels, len(shift))
	}
	row := extent(cols, step, channels)
	whole := extent(rows, times(cols, step), row)
	if !((sum == nil || len(sum) >= whole) && (add == nil || len(add) >= whole)) {
		fail("SumActivate", "got sum, add of %d, %d elements, want nil or at least %d", len(sum), len(add), whole)
	}
	srcRow, actRow := times(cols, channels), times(cols, step)
	srcLen, actLen := extent(rows, max(srcPitch, srcRow), srcRow), extent(rows, max(actPitch, actRow), row)
	if !(srcPitch >= srcRow && actPitch >= actRow && len(src) >= srcLen && len(act) >= actLen) {
		fail("SumActivate", "got src, act of %d, %d elements in rows of %d, %d, want at least %d, %d in rows of %d, %d or more",
			len(src), len(act), srcPitch, actPitch, srcLen, actLen, srcRow, actRow)
	}
	kernels := sumActivateFamily.active().sumActivate.of(channels)
	if len(kernels) == 0 {
		sumActivateGeneric(sum, act, actPitch, src, srcPitch, add, rows, cols, step, scale, shift, leak)
		return
	}
	var nowhere [widest]float32
	var args sumActivateArgs
	args.rows, args.cols, args.step, args.srcStep, args.leak = rows, cols, 4*step, 4*channels, leak
	args.actGap, args.srcGap = 4*(actPitch-actRow), 4*(srcPitch-srcRow)
	args.sum, args.add = &nowhere[0], &nothing[0]
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.act, args.src, args.scale, args.shift = &act[c], &src[c], &scale[c], &shift[c]
		if sum != nil {
			args.sum, args.sumStep = &sum[c], args.step
		}
		if add != nil {
			args.add, args.addStep = &add[c], args.step
		}
		kernels[0].run(noescape(&args))
	}
}

// nothing is what is added where nothing is: v + −0 is v for every v, −0 too.
var nothing = func() (z [widest]float32) {
	for i := range z {
		z[i] = float32(math.Copysign(0, -1))
	}
	return z
}()
