//go:build amd64 && !purego

package f32

// poolSteps is how a row of windows is walked, in bytes.
type poolSteps struct {
	Windows, Stride int
	Small, Large    int // from one window to the next
	Column, Row     int // within a window; Row from the end of one row to the next
}

func (p pool) steps() poolSteps {
	pixel := 4 * p.in
	return poolSteps{
		Windows: p.width / p.stride, Stride: p.stride, Small: 4 * p.out, Large: p.stride * pixel,
		Column: pixel, Row: (p.width - p.stride) * pixel,
	}
}

func (p pool) add(y, x []float32) {
	if !vectors(p.in) {
		p.addGeneric(y, x)
		return
	}
	steps := p.steps()
	for oh := range p.height / p.stride {
		small, large := p.row(oh)
		for c := 0; c < p.in; c += lanes {
			poolAdd8AVX2(&y[small+c], &x[large+c], p.scale(), &steps)
		}
	}
}

func (p pool) gradientAdd(dx, dy []float32) {
	if !vectors(p.in) {
		p.gradientAddGeneric(dx, dy)
		return
	}
	steps := p.steps()
	for oh := range p.height / p.stride {
		small, large := p.row(oh)
		for c := 0; c < p.in; c += lanes {
			poolGradientAdd8AVX2(&dx[large+c], &dy[small+c], p.scale(), &steps)
		}
	}
}

// The assembly walks one row of windows for eight channels.

//go:noescape
func poolAdd8AVX2(y, x *float32, scale float32, steps *poolSteps)

//go:noescape
func poolGradientAdd8AVX2(dx, dy *float32, scale float32, steps *poolSteps)
