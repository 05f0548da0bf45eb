package oracle

import "fmt"

// Same returns the geometry of TensorFlow's SAME padding in one dimension, for an input of the
// given size, a window of k and a stride of s: the output's size, ceil(in/s), and how many zeros
// stand before the input. What the window needs beyond them stands after it, so that an odd total
// puts the larger part after.
func Same(in, k, s int) (out, before int) {
	out = (in + s - 1) / s
	total := max((out-1)*s+k-in, 0)
	return out, total / 2
}

// Symmetric returns the geometry of the same padding on each side, half of an odd window, as [Same]
// does.
func Symmetric(in, k, s int) (out, before int) {
	before = (k - 1) / 2
	return (in+2*before-k)/s + 1, before
}

// Padding is [Same] or [Symmetric].
type Padding func(in, k, s int) (out, before int)

// Conv returns the convolution (cross-correlation, as in every framework) of x with w at the given
// stride in both directions, padded by zeros:
//
//	y[n,i,j,o] = Σ_{p,q,c} x[n, i·s+p−before, j·s+q−before, c] · w[p,q,c,o]
//
// x is [n, height, width, in], w [kh, kw, in, out], y [n, ceil(height/s), ceil(width/s), out].
func Conv(x, w *Tensor, stride int, pad Padding) *Tensor {
	y := newConvOutput(x, w, stride, pad)
	in, out := w.Shape[2], w.Shape[3]
	eachTap(x, w, stride, pad, func(xi, wi, yi int) {
		for c := range in {
			for o := range out {
				y.Data[yi+o] += x.Data[xi+c] * w.Data[wi+c*out+o]
			}
		}
	})
	return y
}

// ConvBackward returns the gradients of [Conv] with respect to x and w, given the gradient dy with
// respect to its result.
func ConvBackward(x, w, dy *Tensor, stride int, pad Padding) (dx, dw *Tensor) {
	dx, dw = NewTensor(x.Shape...), NewTensor(w.Shape...)
	in, out := w.Shape[2], w.Shape[3]
	eachTap(x, w, stride, pad, func(xi, wi, yi int) {
		for c := range in {
			for o := range out {
				dx.Data[xi+c] += dy.Data[yi+o] * w.Data[wi+c*out+o]
				dw.Data[wi+c*out+o] += dy.Data[yi+o] * x.Data[xi+c]
			}
		}
	})
	return dx, dw
}

func newConvOutput(x, w *Tensor, stride int, pad Padding) *Tensor {
	n, height, width, in := x.dims4()
	kh, kw, wIn, out := w.dims4()
	if in != wIn {
		panic(fmt.Sprintf("oracle: Conv: got an input of %d channels, want %d", in, wIn))
	}
	outH, _ := pad(height, kh, stride)
	outW, _ := pad(width, kw, stride)
	return NewTensor(n, outH, outW, out)
}

// eachTap calls f for every pair of an output pixel and a tap of the window that lies inside the
// input. xi is the offset of the input pixel's channels, wi that of the tap's [in, out] matrix, yi
// that of the output pixel's channels. Taps on padding contribute nothing and are left out.
func eachTap(x, w *Tensor, stride int, pad Padding, f func(xi, wi, yi int)) {
	n, height, width, in := x.dims4()
	kh, kw, _, out := w.dims4()
	outH, top := pad(height, kh, stride)
	outW, left := pad(width, kw, stride)
	for b := range n {
		for oy := range outH {
			for ox := range outW {
				for p := range kh {
					for q := range kw {
						iy, ix := oy*stride+p-top, ox*stride+q-left
						if iy < 0 || iy >= height || ix < 0 || ix >= width {
							continue
						}
						f(((b*height+iy)*width+ix)*in, (p*kw+q)*in*out, ((b*outH+oy)*outW+ox)*out)
					}
				}
			}
		}
	}
}
