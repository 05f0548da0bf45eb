package f32

// pool is the geometry of an average pool of stride×stride without padding, whose in channels are followed
// by out: (out−in)/2 channels of zeros stand before and as many behind.
type pool struct {
	height, width, in, out, stride int
}

// PoolAdd adds to y, [height/stride][width/stride][out], the average pool of x, [height][width][in], without
// padding, at channel (out−in)/2. A window is summed in raster order, then multiplied by 1/stride², rounded.
func PoolAdd(y, x []float32, height, width, in, out, stride int) {
	p := newPool("PoolAdd", len(y), len(x), height, width, in, out, stride)
	if !p.empty() {
		p.add(y, x)
	}
}

// PoolGradientAdd adds to dx, laid out as PoolAdd's x, the gradient of the pool's input from dy, laid out as y:
// to each pixel of a window the product dy·1/stride², rounded. Pixels outside all windows stay as they are.
func PoolGradientAdd(dx, dy []float32, height, width, in, out, stride int) {
	p := newPool("PoolGradientAdd", len(dy), len(dx), height, width, in, out, stride)
	if !p.empty() {
		p.gradientAdd(dx, dy)
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

// empty reports that no window fits.
func (p pool) empty() bool { return p.height < p.stride || p.width < p.stride }

// scale is 1/stride².
func (p pool) scale() float32 { return 1 / float32(p.stride*p.stride) }

// row returns where row oh of the small image and its windows' first row begin, past the padding.
func (p pool) row(oh int) (small, large int) {
	return oh*(p.width/p.stride)*p.out + (p.out-p.in)/2, oh * p.stride * p.width * p.in
}
