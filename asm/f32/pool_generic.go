package f32

// windows calls f for each window: the first elements of its pixels, past the padding in the small
// image.
func (p *Pool) windows(f func(small, large int)) {
	for oh := range p.Height / p.Stride {
		small, large := p.row(oh)
		for range p.Width / p.Stride {
			f(small, large)
			small += p.Out
			large += p.Stride * p.In
		}
	}
}

func (p *Pool) addGeneric(y, x []float32) {
	p.windows(func(small, large int) {
		for c := range p.In {
			sum := x[large+c]
			for i := 1; i < p.Stride*p.Stride; i++ {
				sum += x[large+(i/p.Stride*p.Width+i%p.Stride)*p.In+c]
			}
			y[small+c] += float32(sum * p.scale())
		}
	})
}

func (p *Pool) gradientAddGeneric(dx, dy []float32) {
	p.windows(func(small, large int) {
		for c := range p.In {
			g := float32(dy[small+c] * p.scale())
			for i := range p.Stride * p.Stride {
				dx[large+(i/p.Stride*p.Width+i%p.Stride)*p.In+c] += g
			}
		}
	})
}
