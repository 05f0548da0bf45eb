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

// SumActivation ends a convolution of inference. Its source is [Rows][Cols][C], C the length of
// Scale and Shift, with rows that begin SrcPitch elements apart. The other images may have more
// channels than these: their pixels begin Step elements apart, and the rows of the activation
// ActPitch.
type SumActivation struct {
	Rows, Cols, Step   int
	SrcPitch, ActPitch int
	Scale, Shift       []float32
	Leak               float32
}

// SumActivate computes, for each pixel and channel,
//
//	v = src + add        or src where add is nil
//	sum = v              unless sum is nil
//	act = leaky(v·Scale + Shift), the product and the sum fused
//
// The rows of sum and add have no gaps. sum may be add. It panics where a slice is too short.
func (s *SumActivation) SumActivate(sum, act, src, add []float32) {
	channels := len(s.Scale)
	if !(s.Rows > 0 && s.Cols > 0 && channels > 0 && len(s.Shift) == channels && s.Step >= channels) {
		fail("SumActivate", "got %d rows, %d columns, pixels of %d, %d and %d coefficients, want positive numbers, as many coefficients, no more than a pixel has",
			s.Rows, s.Cols, s.Step, channels, len(s.Shift))
	}
	row := extent(s.Cols, s.Step, channels)
	whole := extent(s.Rows, times(s.Cols, s.Step), row)
	if !((sum == nil || len(sum) >= whole) && (add == nil || len(add) >= whole)) {
		fail("SumActivate", "got sum, add of %d, %d elements, want nil or at least %d", len(sum), len(add), whole)
	}
	srcRow, actRow := times(s.Cols, channels), times(s.Cols, s.Step)
	srcLen, actLen := extent(s.Rows, max(s.SrcPitch, srcRow), srcRow), extent(s.Rows, max(s.ActPitch, actRow), row)
	if !(s.SrcPitch >= srcRow && s.ActPitch >= actRow && len(src) >= srcLen && len(act) >= actLen) {
		fail("SumActivate", "got src, act of %d, %d elements in rows of %d, %d, want at least %d, %d in rows of %d, %d or more",
			len(src), len(act), s.SrcPitch, s.ActPitch, srcLen, actLen, srcRow, actRow)
	}
	kernels := sumActivateFamily.active().sumActivate.of(channels)
	if len(kernels) == 0 {
		s.sumActivateGeneric(sum, act, src, add)
		return
	}
	var nowhere scratch
	var args sumActivateArgs
	args.step, args.srcStep, args.leak = 4*s.Step, 4*channels, s.Leak
	args.sum, args.add = nowhere.pixel(), &nothing[0]
	for v := visitsOf(s.Rows, s.Cols, channels, kernels[0].channels); v.next(); {
		from, to, plain := v.at(s.SrcPitch, channels), v.at(s.ActPitch, s.Step), v.at(actRow, s.Step)
		args.rows, args.cols = v.rows, v.cols
		args.actGap, args.srcGap = 4*(s.ActPitch-v.cols*s.Step), 4*(s.SrcPitch-v.cols*channels)
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.act, args.src, args.scale, args.shift = &act[to+c], &src[from+c], &s.Scale[c], &s.Shift[c]
			if sum != nil {
				args.sum, args.sumStep = &sum[plain+c], args.step
			}
			if add != nil {
				args.add, args.addStep = &add[plain+c], args.step
			}
			k[0].run(noescape(&args))
		}
	}
}

// AddBias computes y = y + bias for each pixel, [pixels][len(bias)], in one rounding: as a
// [SumActivation] with scale 1, whose product is exact.
func AddBias(y, bias []float32) {
	channels := len(bias)
	wholePixels("AddBias", y, channels)
	kernels := sumActivateFamily.active().sumActivate.of(channels)
	if len(kernels) == 0 {
		addBiasGeneric(y, bias)
		return
	}
	var nowhere scratch
	var args sumActivateArgs
	args.rows, args.cols, args.step, args.srcStep, args.leak = 1, len(y)/channels, 4*channels, 4*channels, 1
	args.sum, args.add, args.scale = nowhere.pixel(), &nothing[0], &ones[0]
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.act, args.src, args.shift = &y[c], &y[c], &bias[c]
		kernels[0].run(noescape(&args))
	}
}

// ones is the scale of what is not scaled.
var ones = func() (z [widest]float32) {
	for i := range z {
		z[i] = 1
	}
	return z
}()

// nothing is what is added where nothing is: v + −0 is v for every v, −0 too.
var nothing = func() (z [widest]float32) {
	for i := range z {
		z[i] = float32(math.Copysign(0, -1))
	}
	return z
}()
