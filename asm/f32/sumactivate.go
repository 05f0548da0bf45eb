package f32

import "math"

// SumActivate ends a convolution of inference: it computes, for each of rows·cols pixels of C = len(scale) channels,
//
//	v = src + add        or src where add is nil
//	sum = v              unless sum is nil
//	act = leaky(v·scale + shift), the product and the sum fused
//
// src is [rows][cols][C], its rows srcPitch elements apart. The others may have more channels than these: their pixels are step
// elements apart, those of sum and add without gaps, the rows of act actPitch. sum may be add. It panics where a slice is too short.
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
	sumActivate(sum, act, actPitch, src, srcPitch, add, rows, cols, step, scale, shift, leak)
}

func sumActivateGeneric(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols, step int, scale, shift []float32, leak float32) {
	for r := range rows {
		for p := range cols {
			at := (r*cols + p) * step
			for c, v := range src[r*srcPitch+p*len(scale):][:len(scale)] {
				if add != nil {
					v += add[at+c]
				}
				if sum != nil {
					sum[at+c] = v
				}
				act[r*actPitch+p*step+c] = leaky(FMA(v, scale[c], shift[c]), leak)
			}
		}
	}
}

// nothing is what is added where nothing is: v + −0 is v for every v, −0 too.
var nothing = func() (z [4 * 16]float32) {
	for i := range z {
		z[i] = float32(math.Copysign(0, -1))
	}
	return z
}()
