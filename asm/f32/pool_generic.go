package f32

// window calls f for each window: the first elements of its pixels, past the padding in the small image.
func (p pool) windows(f func(small, large int)) {
	for oh := range p.height / p.stride {
		small, large := p.row(oh)
		for range p.width / p.stride {
			f(small, large)
			small += p.out
			large += p.stride * p.in
		}
	}
}

func (p pool) addGeneric(y, x []float32) {
	p.windows(func(small, large int) {
		for c := range p.in {
			sum := x[large+c]
			for i := 1; i < p.stride*p.stride; i++ {
				sum += x[large+(i/p.stride*p.width+i%p.stride)*p.in+c]
			}
			y[small+c] += float32(sum * p.scale())
		}
	})
}

func (p pool) gradientAddGeneric(dx, dy []float32) {
	p.windows(func(small, large int) {
		for c := range p.in {
			g := float32(dy[small+c] * p.scale())
			for i := range p.stride * p.stride {
				dx[large+(i/p.stride*p.width+i%p.stride)*p.in+c] += g
			}
		}
	})
}
