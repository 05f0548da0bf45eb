package f32

// normKernels are the kernels of batch normalization and the leaky ReLU behind it, forward and
// backward.
type normKernels struct {
	activate         blocks[activateArgs]
	activateGradient blocks[activateGradientArgs]
	normGradient     blocks[normGradientArgs]
}

var normFamily = newFamily("batch norm and leaky ReLU, both directions", "", normKernels{})

// activateArgs is one call of an Activate kernel: rows of cols pixels, step bytes from one to the
// next, and gap bytes between the rows of dst.
type activateArgs struct {
	dst, src, mean, scale, shift *float32 // of the block's first channel
	leak                         float32
	rows, cols, step, gap        int
}

// activateGradientArgs is one call of an ActivateGradient kernel; pixels are step bytes apart. A
// stream that is not 0 means that dz is written past the caches.
type activateGradientArgs struct {
	dz, da, x, mean, scale, shift, sum, dot *float32
	leak                                    float32
	pixels, step, stream                    int
}

// normGradientArgs is one call of a NormGradient kernel, laid out as activateArgs.
type normGradientArgs struct {
	dx, dz, x, mean, a, b, d *float32
	rows, cols, step, gap    int
}

// The kernels of batch normalization work on x, [pixels][C], where C is the length of mean; z =
// (x−mean)·scale + beta, the product and the sum fused.

// Activate computes dst = leaky(z): z where z ≥ 0, else leak·z. src is [rows][columns][C] without
// gaps; row r of the result goes to dst[r·pitch:]. dst may be src where pitch leaves no gap. It
// panics where a slice is too short.
func Activate(dst []float32, pitch int, src []float32, rows int, mean, scale, beta []float32, leak float32) {
	channels := len(mean)
	row := wholeRows("Activate", src, rows, channels)
	if !(len(scale) == channels && len(beta) == channels) {
		fail("Activate", "got %d, %d coefficients, want %d", len(scale), len(beta), channels)
	}
	apart("Activate", "dst", dst, rows, pitch, row)
	kernels := normFamily.active().activate.of(channels)
	if len(kernels) == 0 {
		activateGeneric(dst, pitch, src, rows, mean, scale, beta, leak)
		return
	}
	var args activateArgs
	args.rows, args.cols, args.step, args.gap, args.leak = rows, row/channels, 4*channels, 4*(pitch-row), leak
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.dst, args.src, args.mean, args.scale, args.shift = &dst[c], &src[c], &mean[c], &scale[c], &beta[c]
		kernels[0].run(noescape(&args))
	}
}

// ActivateGradient computes the gradient of z from da, that of leaky(z): dz = da where z ≥ 0, else
// leak·da; and for each channel sum = Σ dz and dot = Σ dz·(x−mean), in chains as those of
// [Moments]. dz may be da. stream is that of [StoreMoments].
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
	kernels := normFamily.active().activateGradient.of(channels)
	if len(kernels) == 0 {
		activateGradientGeneric(dz, da, x, mean, scale, beta, leak, sum, dot)
		return
	}
	var args activateGradientArgs
	args.pixels, args.step, args.stream, args.leak = len(x)/channels, 4*channels, streams(dz, stream), leak
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.dz, args.da, args.x, args.mean, args.scale, args.shift = &dz[c], &da[c], &x[c], &mean[c], &scale[c], &beta[c]
		args.sum, args.dot = &sum[c], &dot[c]
		kernels[0].run(noescape(&args))
	}
}

// NormGradient computes dx = b·(x−mean) + (a·dz + d), both sums fused with their products. x and dz
// are [rows][columns][C] without gaps; row r of the result goes to dx[r·pitch:]. dx may be dz where
// pitch leaves no gap.
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
	kernels := normFamily.active().normGradient.of(channels)
	if len(kernels) == 0 {
		normGradientGeneric(dx, pitch, dz, x, rows, mean, a, b, d)
		return
	}
	var args normGradientArgs
	args.rows, args.cols, args.step, args.gap = rows, row/channels, 4*channels, 4*(pitch-row)
	for c := 0; c < channels; c += kernels[0].channels {
		kernels = kernels.within(channels - c)
		args.dx, args.dz, args.x, args.mean, args.a, args.b, args.d = &dx[c], &dz[c], &x[c], &mean[c], &a[c], &b[c], &d[c]
		kernels[0].run(noescape(&args))
	}
}
