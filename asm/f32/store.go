package f32

import "unsafe"

// The kernels here write tensors of a batch, which are read again when the caches have long
// forgotten them: with stream, they write past the caches where dst is aligned and the channels
// fill cache lines. What they compute is that of two or three other kernels, in one visit.

// storeKernels are these kernels. Where there is none, the other kernels do it one after the other.
type storeKernels struct {
	storeMoments    blocks[storeMomentsArgs]
	normGradientSum blocks[normGradientSumArgs]
}

var storeFamily = newFamily("batch-norm statistics while storing", "", storeKernels{})

// storeMomentsArgs is one call of a StoreMoments kernel; pixels are step bytes apart. A stream that
// is not 0 means that dst is written past the caches.
type storeMomentsArgs struct {
	dst, src, add, sum, square, first *float32 // add may be nil
	pixels, step, stream              int
}

// normGradientSumArgs is one call of a NormGradientSum kernel: rows of cols pixels, step bytes from
// one to the next; those of halo are haloStep bytes apart, its rows have gap bytes between them.
// Without a halo all its pixels are one.
type normGradientSumArgs struct {
	dx, halo, dz, x, e, mean, a, b, d       *float32
	rows, cols, step, gap, haloStep, stream int
}

// StoreMoments computes dst = src, or src + add where add is not nil, of a part of an image, and
// adds the [Moments] of dst to its sums.
func StoreMoments(dst, src, add []float32, s *PixelSums, stream bool) {
	if !(len(dst) == len(src) && (add == nil || len(add) == len(src))) {
		fail("StoreMoments", "got dst, add of %d, %d elements, want %d, as many or nil", len(dst), len(add), len(src))
	}
	channels := s.channels
	kernels := storeFamily.active().storeMoments.of(channels)
	if len(kernels) == 0 {
		storeMomentsParts(dst, src, add, s)
		return
	}
	pixels, first := s.begin("StoreMoments", src, channels)
	if first {
		copy(s.row(4), src)
		if add != nil {
			Add(s.row(4), s.row(4), add[:channels])
		}
	}
	var args storeMomentsArgs
	args.step, args.stream = 4*channels, streams(dst, stream)
	for v := visitsOf(1, pixels, channels, kernels[0].channels); v.next(); {
		at := v.at(0, channels)
		args.pixels = v.cols
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dst, args.src, args.first = &dst[at+c], &src[at+c], s.first(c)
			args.sum, args.square = s.from(c)
			if add != nil {
				args.add = &add[at+c]
			}
			k[0].run(noescape(&args))
		}
	}
	if args.stream != 0 {
		endStream()
	}
}

// NormGradientSum computes dx = e + that of [NormBackward.NormGradient], and the same into rows of
// halo, pitch elements apart, where it is not nil.
func (n *NormBackward) NormGradientSum(dx, halo []float32, pitch int, dz, x, e []float32, rows int, stream bool) {
	channels := n.channels("NormGradientSum")
	row := wholeRows("NormGradientSum", x, rows, channels)
	if !(len(dx) == len(x) && len(dz) == len(x) && len(e) == len(x)) {
		fail("NormGradientSum", "got dx, dz, e of %d, %d, %d elements, want %d", len(dx), len(dz), len(e), len(x))
	}
	if halo != nil {
		apart("NormGradientSum", "halo", halo, rows, pitch, row)
	}
	kernels := storeFamily.active().normGradientSum.of(channels)
	if len(kernels) == 0 {
		n.normGradientSumParts(dx, halo, pitch, dz, x, e, rows)
		return
	}
	var nowhere scratch
	var args normGradientSumArgs
	args.step, args.stream, args.halo = 4*channels, streams(dx, stream), nowhere.pixel()
	for v := visitsOf(rows, row/channels, channels, kernels[0].channels); v.next(); {
		at, inHalo := v.at(row, channels), v.at(pitch, channels)
		args.rows, args.cols = v.rows, v.cols
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dx, args.dz, args.x, args.e = &dx[at+c], &dz[at+c], &x[at+c], &e[at+c]
			args.mean, args.a, args.b, args.d = &n.Mean[c], &n.A[c], &n.B[c], &n.D[c]
			if halo != nil {
				args.halo, args.haloStep, args.gap = &halo[inHalo+c], args.step, 4*(pitch-v.cols*channels)
			}
			k[0].run(noescape(&args))
		}
	}
	if args.stream != 0 {
		endStream()
	}
}

// streams reports, as the assembly takes it, whether to write past the caches.
func streams(dst []float32, stream bool) int {
	if stream && uintptr(unsafe.Pointer(unsafe.SliceData(dst)))%64 == 0 {
		return 1
	}
	return 0
}
