package f32

// poolKernels are the kernels of the average pool, and of the max pool in maxpool.go.
type poolKernels struct {
	add, gradientAdd blocks[poolArgs]
	max, maxGradient blocks[maxPoolArgs]
}

var poolFamily = newFamily("average and max pools, both directions", "", poolKernels{})

// poolArgs is one call: a row of windows of kernel×kernel pixels. Steps are in bytes: smallStep and
// largeStep from one window to the next, column from one pixel of it to the next, row from the end
// of one of its rows to the next.
type poolArgs struct {
	small, large                                       *float32 // from the first window's first element on
	scale                                              float32  // 1/kernel²
	windows, kernel, smallStep, largeStep, column, row int
}

// Pool is the geometry of an average pool of Kernel×Kernel windows without padding, of
// [Height][Width][In]. Windows are Stride pixels apart, at least Kernel; those of a single pixel
// take every Stride-th one. Its result has Out channels: (Out−In)/2 of zeros stand before those of
// the input and as many behind.
type Pool struct{ Kernel, Stride, Height, Width, In, Out int }

// Windows returns how many windows lie beside each other in so many pixels.
func (p *Pool) Windows(pixels int) int {
	if pixels < p.Kernel {
		return 0
	}
	return (pixels-p.Kernel)/p.Stride + 1
}

// Add adds to y, [Windows(Height)][Windows(Width)][Out], the average pool of x at channel
// (Out−In)/2. A window is summed in raster order, then multiplied by 1/Kernel², rounded.
func (p *Pool) Add(y, x []float32) {
	p.check("Pool.Add", len(y), len(x))
	if kernels := poolFamily.active().add.of(p.In); len(kernels) > 0 {
		p.rows(kernels, y, x)
	} else {
		p.addGeneric(y, x)
	}
}

// AddGradient adds to dx, laid out as Add's x, the gradient of the pool's input from dy, laid out
// as y: to each pixel of a window the product dy·1/Kernel², rounded. Pixels outside all windows
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
	if !(p.Height > 0 && p.Width > 0 && p.In > 0 && p.Out >= p.In && (p.Out-p.In)%2 == 0 && p.Kernel > 0 && p.Stride >= p.Kernel) {
		fail(kernel, "got a %d×%d×%d image, %d channels after it, kernel %d, stride %d, want positive sizes, an even number of channels more, windows apart",
			p.Height, p.Width, p.In, p.Out, p.Kernel, p.Stride)
	}
	large := times(times(p.Height, p.Width), p.In)
	small := times(times(p.Windows(p.Height), p.Windows(p.Width)), p.Out)
	if !(xLen == large && yLen == small) {
		fail(kernel, "got %d elements of the large image and %d of the small, want %d and %d", xLen, yLen, large, small)
	}
}

// scale is 1/Kernel².
func (p *Pool) scale() float32 { return 1 / float32(p.Kernel*p.Kernel) }

// row returns where row oh of the small image and its windows' first row begin, past the padding.
func (p *Pool) row(oh int) (small, large int) {
	return oh*p.Windows(p.Width)*p.Out + (p.Out-p.In)/2, oh * p.Stride * p.Width * p.In
}

// rows calls kernels for each row of windows.
func (p *Pool) rows(kernels blocks[poolArgs], small, large []float32) {
	if p.Width < p.Kernel { // no window fits
		return
	}
	pixel := 4 * p.In
	var args poolArgs
	args.scale, args.windows, args.kernel = p.scale(), p.Windows(p.Width), p.Kernel
	args.smallStep, args.largeStep, args.column, args.row = 4*p.Out, p.Stride*pixel, pixel, (p.Width-p.Kernel)*pixel
	for oh := range p.Windows(p.Height) {
		k := kernels
		first, firstLarge := p.row(oh)
		for c := 0; c < p.In; c += k[0].channels {
			k = k.within(p.In - c)
			args.small, args.large = &small[first+c], &large[firstLarge+c]
			k[0].run(noescape(&args))
		}
	}
}
