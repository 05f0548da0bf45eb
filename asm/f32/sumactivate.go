package f32

import "math"

// SumActivate ends a convolution of inference: it computes, for each of rows·cols pixels of len(scale) channels,
//
//	v = src + add        or src where add is nil
//	sum = v              unless sum is nil
//	act = leaky(v·scale + shift), the product and the sum fused
//
// sum and add are [rows][cols][C] without gaps; row r of src begins at r·srcPitch, that of act at r·actPitch. sum may be add.
// It panics where a slice is too short.
func SumActivate(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols int, scale, shift []float32, leak float32) {
	channels := len(scale)
	row := cols * channels
	if !(rows > 0 && cols > 0 && channels > 0 && len(shift) == channels) {
		fail("SumActivate", "got %d rows, %d columns, %d and %d coefficients, want positive numbers, as many coefficients", rows, cols, channels, len(shift))
	}
	if !((sum == nil || len(sum) >= rows*row) && (add == nil || len(add) >= rows*row)) {
		fail("SumActivate", "got sum, add of %d, %d elements, want nil or at least %d", len(sum), len(add), rows*row)
	}
	if !(srcPitch >= row && actPitch >= row && len(src) >= (rows-1)*srcPitch+row && len(act) >= (rows-1)*actPitch+row) {
		fail("SumActivate", "got src, act of %d, %d elements in rows of %d, %d, want at least %d, %d in rows of %d or more",
			len(src), len(act), srcPitch, actPitch, (rows-1)*srcPitch+row, (rows-1)*actPitch+row, row)
	}
	sumActivate(sum, act, actPitch, src, srcPitch, add, rows, cols, scale, shift, leak)
}

func sumActivateGeneric(sum, act []float32, actPitch int, src []float32, srcPitch int, add []float32, rows, cols int, scale, shift []float32, leak float32) {
	row := cols * len(scale)
	for r := range rows {
		out := act[r*actPitch:][:row]
		for i, v := range src[r*srcPitch:][:row] {
			if add != nil {
				v += add[r*row+i]
			}
			if sum != nil {
				sum[r*row+i] = v
			}
			c := i % len(scale)
			out[i] = leaky(FMA(v, scale[c], shift[c]), leak)
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
