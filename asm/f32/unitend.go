package f32

// The kernels here end a residual unit that activates behind its sum, in one visit of the image.

// unitEndKernels are these kernels, forward and backward.
type unitEndKernels struct {
	activateSum         blocks[activateSumArgs]
	activateSumGradient blocks[activateSumGradientArgs]
}

var unitEndFamily = newFamily("sum of a unit and its activation, both directions", "", unitEndKernels{})

// activateSumArgs is one call of an ActivateSum kernel: rows of cols pixels, step bytes from one to
// the next; those of halo are haloStep bytes apart, its rows have gap bytes between them. Without a
// halo all its pixels are one. A stream that is not 0 means that dst is written past the caches.
type activateSumArgs struct {
	dst, halo, x, e                         *float32
	mean, scale, shift                      *float32 // of x
	eMean, eScale, eShift                   *float32
	leak                                    float32
	rows, cols, step, gap, haloStep, stream int
}

// activateSumGradientArgs is one call of an ActivateSumGradient kernel; pixels are step bytes
// apart, those of e eStep, which is 0 if there is none. A stream that is not 0 means that dz is
// written past the caches.
type activateSumGradientArgs struct {
	dz, da, e, a, x, mean, sum, dot *float32
	leak, edge                      float32
	pixels, step, eStep, stream     int
}

// ActivateSum ends a unit whose branch ends in norm n of x: with z of [Norm],
//
//	s = z + e    or z + of's z of e where of is not nil
//	dst = s + 0 where s ≥ 0, else Leak·s
//
// and the same into rows of halo, pitch elements apart, where it is not nil. So dst has a sign,
// that of −0 too, where s is below 0, and only there. All other images are [rows][columns][C]
// without gaps. stream is that of [StoreMoments]. It panics where a slice is too short.
func (n *Norm) ActivateSum(dst, halo []float32, pitch int, x, e []float32, of *Norm, rows int, stream bool) {
	channels := n.channels("ActivateSum")
	row := wholeRows("ActivateSum", x, rows, channels)
	if !(len(dst) == len(x) && len(e) == len(x)) {
		fail("ActivateSum", "got dst, e of %d, %d elements, want %d", len(dst), len(e), len(x))
	}
	if of != nil && of.channels("ActivateSum") != channels {
		fail("ActivateSum", "got a norm of e of %d channels, want %d", len(of.Mean), channels)
	}
	if halo != nil {
		apart("ActivateSum", "halo", halo, rows, pitch, row)
	}
	kernels := unitEndFamily.active().activateSum.of(channels)
	if len(kernels) == 0 {
		n.activateSumGeneric(dst, halo, pitch, x, e, of, rows)
		return
	}
	var nowhere scratch
	var args activateSumArgs
	args.step, args.stream, args.leak = 4*channels, streams(dst, stream), n.Leak
	args.eMean, args.eScale, args.eShift = &unchanged.mean[0], &unchanged.scale[0], &nothing[0]
	args.halo = nowhere.pixel()
	for v := visitsOf(rows, row/channels, channels, kernels[0].channels); v.next(); {
		at, inHalo := v.at(row, channels), v.at(pitch, channels)
		args.rows, args.cols = v.rows, v.cols
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dst, args.x, args.e = &dst[at+c], &x[at+c], &e[at+c]
			args.mean, args.scale, args.shift = &n.Mean[c], &n.Scale[c], &n.Shift[c]
			if of != nil {
				args.eMean, args.eScale, args.eShift = &of.Mean[c], &of.Scale[c], &of.Shift[c]
			}
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

// unchanged are the coefficients of a norm that changes nothing, with a shift of [nothing]:
// (v−0)·1 + −0 is v for every v, −0 too.
var unchanged = func() (n struct{ mean, scale [widest]float32 }) {
	for i := range n.scale {
		n.scale[i] = 1
	}
	return n
}()

// ActivateSumGradient computes dz, the gradient of the sum s of [Norm.ActivateSum], from da, that
// of its result a, of a part of an image, and adds Σ dz and Σ dz·(x−Mean) of each channel to its
// sums:
//
//	g = da + e    or da where e is nil
//	dz = Leak·g where s < Edge, else g
//
// The bits of a and of Edge, compared as whole numbers, tell where that is. dz may be da. stream is
// that of [StoreMoments].
func (n *Norm) ActivateSumGradient(dz, da, e, a, x []float32, s *PixelSums, stream bool) {
	channels := len(n.Mean)
	if !(len(dz) == len(x) && len(da) == len(x) && len(a) == len(x) && (e == nil || len(e) == len(x))) {
		fail("ActivateSumGradient", "got dz, da, a, e of %d, %d, %d, %d elements, want %d, e may be nil", len(dz), len(da), len(a), len(e), len(x))
	}
	pixels, _ := s.begin("ActivateSumGradient", x, channels)
	kernels := unitEndFamily.active().activateSumGradient.of(channels)
	if len(kernels) == 0 {
		n.activateSumGradientGeneric(dz, da, e, a, x, s)
		return
	}
	var args activateSumGradientArgs
	args.step, args.stream = 4*channels, streams(dz, stream)
	args.leak, args.edge, args.e = n.Leak, n.Edge, &nothing[0]
	for v := visitsOf(1, pixels, channels, kernels[0].channels); v.next(); {
		at := v.at(0, channels)
		args.pixels = v.cols
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dz, args.da, args.a, args.x = &dz[at+c], &da[at+c], &a[at+c], &x[at+c]
			args.mean = &n.Mean[c]
			args.sum, args.dot = s.from(c)
			if e != nil {
				args.e, args.eStep = &e[at+c], args.step
			}
			k[0].run(noescape(&args))
		}
	}
	if args.stream != 0 {
		endStream()
	}
}
