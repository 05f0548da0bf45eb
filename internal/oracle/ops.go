package oracle

import "fmt"

// LeakyReLU returns x where x ≥ 0 and leak·x elsewhere.
func LeakyReLU(x *Tensor, leak float64) *Tensor {
	y := x.Clone()
	for i, v := range x.Data {
		if v < 0 {
			y.Data[i] = leak * v
		}
	}
	return y
}

// LeakyReLUBackward returns the gradient of [LeakyReLU]: dy where x > 0 and leak·dy where x < 0. At
// 0 its derivative is 1, as TensorFlow's, or with leakAtZero the leak, as PyTorch's.
func LeakyReLUBackward(x *Tensor, leak float64, leakAtZero bool, dy *Tensor) *Tensor {
	dx := dy.Clone()
	for i, v := range x.Data {
		if v < 0 || v == 0 && leakAtZero {
			dx.Data[i] = leak * dy.Data[i]
		}
	}
	return dx
}

// AvgPool returns the mean of each s×s window of x, windows side by side (window = stride = s,
// VALID): [n, height, width, c] → [n, height/s, width/s, c]. It panics where s does not divide
// height and width: such a network is not a valid spec.
func AvgPool(x *Tensor, s int) *Tensor {
	y := newPoolOutput(x, s)
	eachPooled(x, s, func(xi, yi int) {
		for c := range x.channels() {
			y.Data[yi+c] += x.Data[xi+c] / float64(s*s)
		}
	})
	return y
}

// AvgPoolBackward returns the gradient of [AvgPool] with respect to x, whose shape alone matters.
func AvgPoolBackward(x *Tensor, s int, dy *Tensor) *Tensor {
	dx := NewTensor(x.Shape...)
	eachPooled(x, s, func(xi, yi int) {
		for c := range x.channels() {
			dx.Data[xi+c] += dy.Data[yi+c] / float64(s*s)
		}
	})
	return dx
}

func newPoolOutput(x *Tensor, s int) *Tensor {
	n, height, width, c := x.dims4()
	if height%s != 0 || width%s != 0 {
		panic(fmt.Sprintf("oracle: AvgPool: got a size of %d×%d, want multiples of %d", height, width, s))
	}
	return NewTensor(n, height/s, width/s, c)
}

// eachPooled calls f for every input pixel with the offsets of its channels and of those of the
// output pixel whose window it lies in.
func eachPooled(x *Tensor, s int, f func(xi, yi int)) {
	n, height, width, c := x.dims4()
	for b := range n {
		for iy := range height {
			for ix := range width {
				f(((b*height+iy)*width+ix)*c, ((b*(height/s)+iy/s)*(width/s)+ix/s)*c)
			}
		}
	}
}

// Subsample returns every s-th pixel of x in both directions, from the first on: [n, height, width,
// c] → [n, ceil(height/s), ceil(width/s), c].
func Subsample(x *Tensor, s int) *Tensor {
	n, height, width, c := x.dims4()
	y := NewTensor(n, (height+s-1)/s, (width+s-1)/s, c)
	eachSubsampled(x, s, func(xi, yi int) { copy(y.Data[yi:yi+c], x.Data[xi:xi+c]) })
	return y
}

// SubsampleBackward returns the gradient of [Subsample] with respect to x, whose shape alone
// matters.
func SubsampleBackward(x *Tensor, s int, dy *Tensor) *Tensor {
	c, dx := x.channels(), NewTensor(x.Shape...)
	eachSubsampled(x, s, func(xi, yi int) { copy(dx.Data[xi:xi+c], dy.Data[yi:yi+c]) })
	return dx
}

// eachSubsampled calls f for every pixel that is taken, with the offsets of its channels and of the
// output's.
func eachSubsampled(x *Tensor, s int, f func(xi, yi int)) {
	n, height, width, c := x.dims4()
	yi := 0
	for b := range n {
		for iy := 0; iy < height; iy += s {
			for ix := 0; ix < width; ix += s {
				f(((b*height+iy)*width+ix)*c, yi)
				yi += c
			}
		}
	}
}

// PadChannels returns x with (out−in)/2 channels of zeros before and as many after its own in
// channels. It panics where out−in is negative or odd.
func PadChannels(x *Tensor, out int) *Tensor {
	in := x.channels()
	if out < in || (out-in)%2 != 0 {
		panic(fmt.Sprintf("oracle: PadChannels: got %d to %d channels, want an even difference, 0 or more", in, out))
	}
	n, height, width, _ := x.dims4()
	y := NewTensor(n, height, width, out)
	before := (out - in) / 2
	for i, v := range x.Data {
		y.Data[i/in*out+before+i%in] = v
	}
	return y
}

// PadChannelsBackward returns the gradient of [PadChannels] with respect to x, whose shape alone
// matters.
func PadChannelsBackward(x, dy *Tensor) *Tensor {
	in, out := x.channels(), dy.channels()
	before := (out - in) / 2
	dx := NewTensor(x.Shape...)
	for i := range dx.Data {
		dx.Data[i] = dy.Data[i/in*out+before+i%in]
	}
	return dx
}

// GlobalAvgPool returns the mean over height and width: [n, height, width, c] → [n, c].
func GlobalAvgPool(x *Tensor) *Tensor {
	n, height, width, c := x.dims4()
	y := NewTensor(n, c)
	for i, v := range x.Data {
		y.Data[i/(height*width*c)*c+i%c] += v / float64(height*width)
	}
	return y
}

// GlobalAvgPoolBackward returns the gradient of [GlobalAvgPool] with respect to x, whose shape
// alone matters.
func GlobalAvgPoolBackward(x, dy *Tensor) *Tensor {
	_, height, width, c := x.dims4()
	dx := NewTensor(x.Shape...)
	for i := range dx.Data {
		dx.Data[i] = dy.Data[i/(height*width*c)*c+i%c] / float64(height*width)
	}
	return dx
}

// FullyConnected returns x·w + b: x is [n, in], w [in, out], b [out], the result [n, out].
func FullyConnected(x, w, b *Tensor) *Tensor {
	n, in, out := x.Shape[0], w.Shape[0], w.Shape[1]
	y := NewTensor(n, out)
	for i := range n {
		for o := range out {
			y.Data[i*out+o] = b.Data[o]
			for c := range in {
				y.Data[i*out+o] += x.Data[i*in+c] * w.Data[c*out+o]
			}
		}
	}
	return y
}

// FullyConnectedBackward returns the gradients of [FullyConnected] with respect to x, w and b.
func FullyConnectedBackward(x, w, dy *Tensor) (dx, dw, db *Tensor) {
	n, in, out := x.Shape[0], w.Shape[0], w.Shape[1]
	dx, dw, db = NewTensor(n, in), NewTensor(in, out), NewTensor(out)
	for i := range n {
		for o := range out {
			d := dy.Data[i*out+o]
			db.Data[o] += d
			for c := range in {
				dx.Data[i*in+c] += d * w.Data[c*out+o]
				dw.Data[c*out+o] += d * x.Data[i*in+c]
			}
		}
	}
	return dx, dw, db
}
