package oracle

import "math"

// MaxPool returns the largest value of each k×k window of x at stride s, padded by what is never
// the largest: [n, height, width, c] → [n, ceil(height/s), ceil(width/s), c]. From are the
// elements of x that these are, of equal values the first in raster order.
//
// Kinks are, for each pixel of a window and each element of y, how far the largest value is from
// the next lower one of its window: positive for the pixel that it is from, negative for the
// others.
func MaxPool(x *Tensor, k, s int, pad Padding) (y *Tensor, from []int, kinks *Tensor) {
	n, height, width, c := x.dims4()
	outH, top := pad(height, k, s)
	outW, left := pad(width, k, s)
	y = NewTensor(n, outH, outW, c)
	from, kinks = make([]int, len(y.Data)), NewTensor(k*k, len(y.Data))
	for i := range y.Data {
		b, oy, ox, ch := i/c/outW/outH, i/c/outW%outH, i/c%outW, i%c
		most, next, tap := math.Inf(-1), math.Inf(-1), -1
		for t := range k * k {
			iy, ix := oy*s+t/k-top, ox*s+t%k-left
			if iy < 0 || iy >= height || ix < 0 || ix >= width {
				continue
			}
			xi := ((b*height+iy)*width+ix)*c + ch
			switch v := x.Data[xi]; {
			case v > most || tap < 0:
				most, next, tap, from[i] = v, most, t, xi
			case v < most:
				next = max(next, v)
			}
		}
		y.Data[i] = most
		for t := range k * k {
			kinks.Data[t*len(y.Data)+i] = next - most
		}
		kinks.Data[tap*len(y.Data)+i] = most - next
	}
	return y, from, kinks
}

// MaxPoolBackward returns the gradient of [MaxPool] with respect to x, whose shape alone matters.
func MaxPoolBackward(x *Tensor, from []int, dy *Tensor) *Tensor {
	dx := NewTensor(x.Shape...)
	for i, xi := range from {
		dx.Data[xi] += dy.Data[i]
	}
	return dx
}
