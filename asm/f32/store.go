package f32

// The kernels here write tensors of a batch, which are read again when the caches have long forgotten them: with
// stream, they write past the caches where dst is aligned and the channels fill cache lines. What they compute is that
// of two or three other kernels, in one visit.

// StoreMoments computes dst = src, or src + add where add is not nil, and the [Moments] of dst.
func StoreMoments(dst, src, add, sum, square []float32, stream bool) {
	wholePixels("StoreMoments", src, len(sum))
	if !(len(dst) == len(src) && (add == nil || len(add) == len(src)) && len(square) == len(sum)) {
		fail("StoreMoments", "got dst, add, square of %d, %d, %d elements, want %d, as many or nil, %d",
			len(dst), len(add), len(square), len(src), len(sum))
	}
	storeMoments(dst, src, add, sum, square, stream)
}

func storeMomentsParts(dst, src, add, sum, square []float32) {
	if add == nil {
		copy(dst, src)
	} else {
		Add(dst, src, add)
	}
	Moments(dst, sum, square)
}

// NormGradientSum computes dx = e + that of [NormGradient], and the same into rows of halo, pitch elements apart, where it
// is not nil.
func NormGradientSum(dx, halo []float32, pitch int, dz, x, e []float32, rows int, mean, a, b, d []float32, stream bool) {
	channels := len(mean)
	row := wholeRows("NormGradientSum", x, rows, channels)
	if !(len(dx) == len(x) && len(dz) == len(x) && len(e) == len(x)) {
		fail("NormGradientSum", "got dx, dz, e of %d, %d, %d elements, want %d", len(dx), len(dz), len(e), len(x))
	}
	if halo != nil {
		apart("NormGradientSum", "halo", halo, rows, pitch, row)
	}
	if !(len(a) == channels && len(b) == channels && len(d) == channels) {
		fail("NormGradientSum", "got a, b, d of %d, %d, %d channels, want %d", len(a), len(b), len(d), channels)
	}
	normGradientSum(dx, halo, pitch, dz, x, e, rows, mean, a, b, d, stream)
}

func normGradientSumParts(dx, halo []float32, pitch int, dz, x, e []float32, rows int, mean, a, b, d []float32) {
	NormGradient(dx, len(dx), dz, x, 1, mean, a, b, d)
	Add(dx, dx, e)
	for r, row := 0, len(x)/rows; r < rows && halo != nil; r++ {
		copy(halo[r*pitch:][:row], dx[r*row:])
	}
}
