package f32

// poolKernels are the kernels of the average pool, and of the max pool in maxpool.go.
type poolKernels struct {
	add, gradientAdd blocks[poolArgs]
	max, maxGradient blocks[maxPoolArgs]
}

var poolFamily = newFamily("average and max pools, both directions", "", poolKernels{})

// poolArgs is one call: a row of windows of stride×stride pixels. Steps are in bytes: smallStep and
// largeStep from one window to the next, column from one pixel of it to the next, row from the end
// of one of its rows to the next.
type poolArgs struct {
	small, large                                       *float32 // from the first window's first element on
	scale                                              float32  // 1/stride²
	windows, stride, smallStep, largeStep, column, row int
}

// Pool is the geometry of an average pool of Stride×Stride without padding, of [Height][Width][In].
// Its result has Out channels: (Out−In)/2 of zeros stand before those of the input and as many
// behind.
type Pool struct{ Stride, Height, Width, In, Out int }

// Add adds to y, [Height/Stride][Width/Stride][Out], the average pool of x at channel (Out−In)/2. A
// window is summed in raster order, then multiplied by 1/Stride², rounded.
func (p *Pool) Add(y, x []float32) {
	p.check("Pool.Add", len(y), len(x))
	if kernels := poolFamily.active().add.of(p.In); len(kernels) > 0 {
		p.rows(kernels, y, x)
	} else {
		p.addGeneric(y, x)
	}
}

// AddGradient adds to dx, laid out as Add's x, the gradient of the pool's input from dy, laid out
// as y: to each pixel of a window the product dy·1/Stride², rounded. Pixels outside all windows
// stay as they are.
func (p *Pool) AddGradient(dx, dy []float32) {
	p.check("Pool.AddGradient", len(dy), len(dx))
	if kernels := poolFamily.active().gradientAdd.of(p.In); len(kernels) > 0 {
		p.rows(kernels, dy, dx)
	} else {
		p.gradientAddGeneric(dx, dy)
	}
}

func (p *Pool) check(kernel string, yLen, xLen int) {
	if !(p.Height > 0 && p.Width > 0 && p.In > 0 && p.Out >= p.In && (p.Out-p.In)%2 == 0 && p.Stride > 0) {
		fail(kernel, "got a %d×%d×%d image, %d channels after it, stride %d, want positive sizes and an even number of channels more",
			p.Height, p.Width, p.In, p.Out, p.Stride)
	}
	large := times(times(p.Height, p.Width), p.In)
	small := times(times(p.Height/p.Stride, p.Width/p.Stride), p.Out)
	if !(xLen == large && yLen == small) {
		fail(kernel, "got %d elements of the large image and %d of the small, want %d and %d", xLen, yLen, large, small)
	}
}

// scale is 1/Stride².
func (p *Pool) scale() float32 { return 1 / float32(p.Stride*p.Stride) }

// row returns where row oh of the small image and its windows' first row begin, past the padding.
func (p *Pool) row(oh int) (small, large int) {
	return oh*(p.Width/p.Stride)*p.Out + (p.Out-p.In)/2, oh * p.Stride * p.Width * p.In
}

// rows calls kernels for each row of windows.
func (p *Pool) rows(kernels blocks[poolArgs], small, large []float32) {
	if p.Width < p.Stride { // no window fits
		return
	}
	pixel := 4 * p.In
	var args poolArgs
	args.scale, args.windows, args.stride = p.scale(), p.Width/p.Stride, p.Stride
	args.smallStep, args.largeStep, args.column, args.row = 4*p.Out, p.Stride*pixel, pixel, (p.Width-p.Stride)*pixel
	for oh := range p.Height / p.Stride {
		k := kernels
		first, firstLarge := p.row(oh)
		for c := 0; c < p.In; c += k[0].channels {
			k = k.within(p.In - c)
			args.small, args.large = &small[first+c], &large[firstLarge+c]
			k[0].run(noescape(&args))
		}
	}
}
