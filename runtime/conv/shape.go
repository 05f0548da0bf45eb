package conv

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/par"
)

// Shape is the sizes of a convolution without bias, with a square kernel and the same stride along
// both axes. A fully connected layer is a 1×1 convolution of 1×1 images.
type Shape struct {
	Kernel, Stride    int // pixels
	Height, Width, In int // of the input; In is its channels
	Out               int // channels of the output
	Padding           Padding
}

// Padding is the zeros that a convolution sees around its input, in pixels.
type Padding struct{ Top, Bottom, Left, Right int }

// Symmetric returns PyTorch's padding: n pixels on each side.
func Symmetric(n int) Padding { return Padding{n, n, n, n} }

// Same returns TensorFlow's SAME padding, for ⌈size/stride⌉ outputs along each axis. If the number
// of rows or columns is odd, the last one is behind the image.
func Same(kernel, stride, height, width int) Padding {
	p := Padding{}
	p.Top, p.Bottom = same(kernel, stride, height)
	p.Left, p.Right = same(kernel, stride, width)
	return p
}

func same(kernel, stride, size int) (before, after int) {
	outputs := (size + stride - 1) / stride
	total := max((outputs-1)*stride+kernel-size, 0)
	return total / 2, total - total/2
}

// SameShape returns the shape of a convolution with TensorFlow's SAME padding. It panics where a
// size is not positive.
func SameShape(kernel, stride, height, width, in, out int) Shape {
	s := Shape{Kernel: kernel, Stride: stride, Height: height, Width: width, In: in, Out: out}
	s.checkSizes()
	s.Padding = Same(kernel, stride, height, width)
	return s
}

// SymmetricShape returns the shape of a convolution with PyTorch's padding of kernel/2 pixels on
// each side. It panics where a size is not positive or the kernel is even.
func SymmetricShape(kernel, stride, height, width, in, out int) Shape {
	s := Shape{Kernel: kernel, Stride: stride, Height: height, Width: width, In: in, Out: out, Padding: Symmetric(kernel / 2)}
	s.checkSizes()
	if kernel%2 == 0 {
		panic(fmt.Sprintf("conv: got a convolution of %+v with the same padding on each side, want an odd kernel", s))
	}
	return s
}

func (s *Shape) checkSizes() {
	if min(s.Kernel, s.Stride, s.Height, s.Width, s.In, s.Out) < 1 {
		panic(fmt.Sprintf("conv: got a convolution of %+v, want positive sizes", *s))
	}
}

// check panics if there is no such convolution: its parameters are the compiler's, not a user's.
func (s *Shape) check() {
	s.checkSizes()
	p, halo := s.Padding, s.Halo()
	if min(p.Top, p.Bottom, p.Left, p.Right) < 0 || max(p.Top, p.Bottom, p.Left, p.Right) > halo {
		panic(fmt.Sprintf("conv: got a convolution of %+v, want padding of 0 to %d pixels", *s, halo))
	}
	if s.Height+p.Top+p.Bottom < s.Kernel || s.Width+p.Left+p.Right < s.Kernel {
		panic(fmt.Sprintf("conv: got a convolution of %+v, want no kernel larger than the padded image", *s))
	}
}

// Halo returns how many pixels of zeros surround the input in memory: the most that padding can be.
// A kernel may read them, whatever the padding.
func (s *Shape) Halo() int { return s.Kernel / 2 }

// Input returns the layout of the input.
func (s *Shape) Input() Layout { return Halo(s.Height, s.Width, s.In, s.Halo()) }

// OutHeight returns the rows of the output.
func (s *Shape) OutHeight() int {
	return (s.Height+s.Padding.Top+s.Padding.Bottom-s.Kernel)/s.Stride + 1
}

// OutWidth returns the columns of the output.
func (s *Shape) OutWidth() int {
	return (s.Width+s.Padding.Left+s.Padding.Right-s.Kernel)/s.Stride + 1
}

// OutRows returns all rows of the output.
func (s *Shape) OutRows() par.Range { return par.Range{First: 0, End: s.OutHeight()} }

// Weights returns the shape of the weights, [kernel][kernel][in][out].
func (s *Shape) Weights() [4]int { return [4]int{s.Kernel, s.Kernel, s.In, s.Out} }

// axis is a convolution along one axis: its rows, or its columns.
type axis struct {
	inputs, outputs int // pixels
	before          int // padding
	kernel, stride  int
}

func (s *Shape) rows() axis {
	return axis{s.Height, s.OutHeight(), s.Padding.Top, s.Kernel, s.Stride}
}

func (s *Shape) cols() axis {
	return axis{s.Width, s.OutWidth(), s.Padding.Left, s.Kernel, s.Stride}
}

// span is a run of taps: [first, end).
type span struct{ first, end int }

// taps returns the taps of output o that lie inside the image.
func (a *axis) taps(o int) span {
	first := o*a.stride - a.before
	return span{max(0, -first), min(a.kernel, a.inputs-first)}
}

// reach is the outputs that one input is a tap of: count outputs from first on, the i-th through
// tap tap − i·stride.
type reach struct{ first, tap, count int }

// reach returns the outputs that read input i, in ascending order.
func (a *axis) reach(i int) reach {
	r := reach{}
	for o := range a.outputs {
		if t := i + a.before - o*a.stride; t >= 0 && t < a.kernel {
			if r.count == 0 {
				r.first, r.tap = o, t
			}
			r.count++
		}
	}
	return r
}
