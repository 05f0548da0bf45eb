package conv

import (
	"fmt"

	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Pool is a shortcut that changes the size or the number of channels: an average pool of windows
// side by side, or every stride-th pixel, without padding, then (out−in)/2 channels of zeros before
// and after. Images have no halo.
type Pool struct{ all f32.Pool }

// NewPool returns a pool of kernel×kernel windows, stride pixels apart, of images of the given
// size. It panics where windows are neither side by side nor of one pixel.
func NewPool(kernel, stride, height, width, in, out int) *Pool {
	if kernel != stride && kernel != 1 {
		panic(fmt.Sprintf("conv: got a pool of kernel %d and stride %d, want the same, or kernel 1", kernel, stride))
	}
	return &Pool{f32.Pool{Kernel: kernel, Stride: stride, Height: height, Width: width, In: in, Out: out}}
}

// Output returns the layout of the output.
func (p *Pool) Output() Layout {
	return Plain(p.all.Windows(p.all.Height), p.all.Windows(p.all.Width), p.all.Out)
}

// Apply computes y = pool(x).
func (p *Pool) Apply(y, x []float32) {
	clear(y)
	p.Add(y, x)
}

// Rows computes some rows of y = pool(x).
func (p *Pool) Rows(y, x []float32, rows par.Range) {
	if rows.First == rows.End {
		return
	}
	part := p.all
	part.Height = part.Stride*(rows.End-rows.First-1) + part.Kernel
	small, large := p.all.Windows(p.all.Width)*p.all.Out, p.all.Width*p.all.In
	y = y[rows.First*small : rows.End*small]
	clear(y)
	part.Add(y, x[rows.First*p.all.Stride*large:][:part.Height*large])
}

// Add computes y = y + pool(x).
func (p *Pool) Add(y, x []float32) { p.all.Add(y, x) }

// AddGradient computes dx = dx + the gradient of the pool's input from dy, that of its output.
func (p *Pool) AddGradient(dx, dy []float32) { p.all.AddGradient(dx, dy) }
