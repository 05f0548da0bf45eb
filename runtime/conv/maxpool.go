package conv

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// MaxPool is a max pool of windows that may overlap. Pixels outside the image have no part in a
// maximum. Images have no halo.
type MaxPool struct{ all f32.MaxPool }

// NewMaxPool returns a max pool of kernel×kernel windows, stride pixels apart, with TensorFlow's
// SAME padding.
func NewMaxPool(kernel, stride, height, width, channels int) *MaxPool {
	return newMaxPool(SameShape(kernel, stride, height, width, channels, channels))
}

// NewSymmetricMaxPool is [NewMaxPool] with PyTorch's padding of kernel/2 pixels on each side.
func NewSymmetricMaxPool(kernel, stride, height, width, channels int) *MaxPool {
	return newMaxPool(SymmetricShape(kernel, stride, height, width, channels, channels))
}

func newMaxPool(s Shape) *MaxPool {
	s.check()
	return &MaxPool{f32.MaxPool{
		Kernel: s.Kernel, Stride: s.Stride, Top: s.Padding.Top, Left: s.Padding.Left, Height: s.Height, Width: s.Width,
		OutHeight: s.OutHeight(), OutWidth: s.OutWidth(), Channels: s.In,
	}}
}

// Output returns the layout of the output.
func (p *MaxPool) Output() Layout { return Plain(p.all.OutHeight, p.all.OutWidth, p.all.Channels) }

// Apply computes y = pool(x), and which tap of each window has the maximum: see [f32.MaxPool].
func (p *MaxPool) Apply(y, taps, x []float32) { p.all.Max(y, taps, x, 0, p.all.OutHeight) }

// Rows computes some rows of y = pool(x).
func (p *MaxPool) Rows(y, x []float32, rows par.Range) { p.all.Max(y, nil, x, rows.First, rows.End) }

// Gradient computes dx, the gradient of the pool's input, from dy, that of its output, and the taps
// that Apply has written.
func (p *MaxPool) Gradient(dx, dy, taps []float32) { p.all.Gradient(dx, dy, taps) }
