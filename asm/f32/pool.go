package f32

// poolKernels are the kernels of the average pool.
type poolKernels struct{ add, gradientAdd blocks[poolArgs] }

var poolFamily = newFamily("average-pool shortcut, both directions", "", poolKernels{})

// poolArgs is one call: a row of windows of stride×stride pixels. Steps are in bytes: smallStep and
// largeStep from one window to the next, column from one pixel of it to the next, row from the end
// of one of its rows to the next.
type poolArgs struct {
	small, large                                       *float32 // from the first window's first element on
	scale                                              float32  // 1/stride²
	windows, stride, smallStep, largeStep, column, row int
}

// pool is the geometry of an average pool of stride×stride without padding, whose in channels are
// followed by out: (out−in)/2 channels of zeros stand before and as many behind.
type pool struct {
	height, width, in, out, stride int
}

// PoolAdd adds to y, [height/stride][width/stride][out], the average pool of x,
// [height][width][in], without padding, at channel (out−in)/2. A window is summed in raster order,
// then multiplied by 1/stride², rounded.
func PoolAdd(y, x []float32, height, width, in, out, stride int) {
	p := newPool("PoolAdd", len(y), len(x), height, width, in, out, stride)
	if kernels := poolFamily.active().add.of(in); len(kernels) > 0 {
		p.rows(kernels, y, x)
	} else {
		p.addGeneric(y, x)
	}
}

// PoolGradientAdd adds to dx, laid out as PoolAdd's x, the gradient of the pool's input from dy,
// laid out as y: to each pixel of a window the product dy·1/stride², rounded. Pixels outside all
// windows stay as they are.
func PoolGradientAdd(dx, dy []float32, height, width, in, out, stride int) {
	p := newPool("PoolGradientAdd", len(dy), len(dx), height, width, in, out, stride)
	if kernels := poolFamily.active().gradientAdd.of(in); len(kernels) > 0 {
		p.rows(kernels, dy, dx)
	} else {
		p.gradientAddGeneric(dx, dy)
	}
}

func newPool(kernel string, yLen, xLen, height, width, in, out, stride int) pool {
	if !(height > 0 && width > 0 && in > 0 && out >= in && (out-in)%2 == 0 && stride > 0) {
		fail(kernel,
			"got a %d×%d×%d image, %d channels after it, stride %d, want positive sizes and an even number of channels more", height, width, in, out, stride)
	}
	large, small := times(times(height, width), in), times(times(height/stride, width/stride), out)
	if !(xLen == large && yLen == small) {
		fail(kernel, "got %d elements of the large image and %d of the small, want %d and %d", xLen, yLen, large, small)
	}
	return pool{height, width, in, out, stride}
}

// scale is 1/stride².
func (p pool) scale() float32 { return 1 / float32(p.stride*p.stride) }

// row returns where row oh of the small image and its windows' first row begin, past the padding.
func (p pool) row(oh int) (small, large int) {
	return oh*(p.width/p.stride)*p.out + (p.out-p.in)/2, oh * p.stride * p.width * p.in
}

// rows calls kernels for each row of windows.
func (p pool) rows(kernels blocks[poolArgs], small, large []float32) {
	if p.width < p.stride { // no window fits
		return
	}
	pixel := 4 * p.in
	var args poolArgs
	args.scale, args.windows, args.stride = p.scale(), p.width/p.stride, p.stride
	args.smallStep, args.largeStep, args.column, args.row = 4*p.out, p.stride*pixel, pixel, (p.width-p.stride)*pixel
	for oh := range p.height / p.stride {
		k := kernels
		first, firstLarge := p.row(oh)
		for c := 0; c < p.in; c += k[0].channels {
			k = k.within(p.in - c)
			args.small, args.large = &small[first+c], &large[firstLarge+c]
			k[0].run(noescape(&args))
		}
	}
}
