package f32

// windows calls f for each window: the first elements of its pixels, past the padding in the small
// image.
func (p *Pool) windows(f func(small, large int)) {
	for oh := range p.Windows(p.Height) {
		small, large := p.row(oh)
		for range p.Windows(p.Width) {
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
			for i := 1; i < p.Kernel*p.Kernel; i++ {
				sum += x[large+(i/p.Kernel*p.Width+i%p.Kernel)*p.In+c]
			}
			y[small+c] += float32(sum * p.scale())
		}
	})
}

func (p *Pool) gradientAddGeneric(dx, dy []float32) {
	p.windows(func(small, large int) {
		for c := range p.In {
			g := float32(dy[small+c] * p.scale())
			for i := range p.Kernel * p.Kernel {
				dx[large+(i/p.Kernel*p.Width+i%p.Kernel)*p.In+c] += g
			}
		}
	})
}
