package f32

// The kernels of batch normalization work on x, [pixels][C], where C is the length of mean; z = (x−mean)·scale
// + beta, the product and the sum fused.

// Activate computes dst = leaky(z): z where z ≥ 0, else leak·z. src is [rows][columns][C] without gaps; row r of
// the result goes to dst[r·pitch:]. dst may be src where pitch leaves no gap. It panics where a slice is too short.
func Activate(dst []float32, pitch int, src []float32, rows int, mean, scale, beta []float32, leak float32) {
	channels := len(mean)
	row := wholeRows("Activate", src, rows, channels)
	if !(len(scale) == channels && len(beta) == channels) {
		fail("Activate", "got %d, %d coefficients, want %d", len(scale), len(beta), channels)
	}
	apart("Activate", "dst", dst, rows, pitch, row)
	activate(dst, pitch, src, rows, mean, scale, beta, leak)
}

// Moments computes Σ d and Σ d² of each channel of one image, where d = x − the channel's first value. Each is
// two chains, of the even and of the odd pixels, from +0; the squares are added fused. The chains are added last.
func Moments(x, sum, square []float32) {
	wholePixels("Moments", x, len(sum))
	if !(len(square) == len(sum)) {
		fail("Moments", "got %d sums of squares, want %d", len(square), len(sum))
	}
	moments(x, sum, square)
}

// ActivateGradient computes the gradient of z from da, that of leaky(z): dz = da where z ≥ 0, else leak·da; and
// for each channel sum = Σ dz and dot = Σ dz·(x−mean), in chains as those of [Moments]. dz may be da. stream is that
// of [StoreMoments].
func ActivateGradient(dz, da, x, mean, scale, beta []float32, leak float32, sum, dot []float32, stream bool) {
	channels := len(mean)
	wholePixels("ActivateGradient", x, channels)
	if !(len(dz) == len(x) && len(da) == len(x)) {
		fail("ActivateGradient", "got dz, da of %d, %d elements, want %d", len(dz), len(da), len(x))
	}
	if !(len(scale) == channels && len(beta) == channels && len(sum) == channels && len(dot) == channels) {
		fail("ActivateGradient",
			"got scale, beta, sum, dot of %d, %d, %d, %d channels, want %d", len(scale), len(beta), len(sum), len(dot), channels)
	}
	activateGradient(dz, da, x, mean, scale, beta, leak, sum, dot, stream)
}

// NormGradient computes dx = b·(x−mean) + (a·dz + d), both sums fused with their products. x and dz are
// [rows][columns][C] without gaps; row r of the result goes to dx[r·pitch:]. dx may be dz where pitch leaves no gap.
func NormGradient(dx []float32, pitch int, dz, x []float32, rows int, mean, a, b, d []float32) {
	channels := len(mean)
	row := wholeRows("NormGradient", x, rows, channels)
	if !(len(dz) == len(x)) {
		fail("NormGradient", "got dz of %d elements, want %d", len(dz), len(x))
	}
	apart("NormGradient", "dx", dx, rows, pitch, row)
	if !(len(a) == channels && len(b) == channels && len(d) == channels) {
		fail("NormGradient", "got a, b, d of %d, %d, %d channels, want %d", len(a), len(b), len(d), channels)
	}
	normGradient(dx, pitch, dz, x, rows, mean, a, b, d)
}

// ChannelSum computes the sum of each channel of x, in two chains as those of [Moments].
func ChannelSum(sum, x []float32) {
	wholePixels("ChannelSum", x, len(sum))
	channelSum(sum, x)
}

// Broadcast sets every pixel of dst to v.
func Broadcast(dst, v []float32) {
	wholePixels("Broadcast", dst, len(v))
	for i := 0; i < len(dst); i += len(v) {
		copy(dst[i:], v)
	}
}

func wholePixels(kernel string, x []float32, channels int) {
	if !(channels > 0 && len(x) > 0 && len(x)%channels == 0) {
		fail(kernel, "got %d elements, want whole pixels of %d channels", len(x), channels)
	}
}
