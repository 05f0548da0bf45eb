package f32

import "math"

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
	leak, edge                              float32
	pixels, step, stream                    int
}

// normGradientArgs is one call of a NormGradient kernel, laid out as activateArgs.
type normGradientArgs struct {
	dx, dz, x, mean, a, b, d *float32
	rows, cols, step, gap    int
}

// Norm is a batch normalization and the leaky ReLU behind it, of x, [pixels][C]:
//
//	z = (x−Mean)·Scale + Shift    the product and the sum fused
//	a = z where z ≥ 0, else Leak·z
//
// The coefficients have C elements each. The derivative of a is Leak where z < Edge: see
// [LeakAtZero].
type Norm struct {
	Mean, Scale, Shift []float32
	Leak               float32
	Edge               float32 // 0 or LeakAtZero
}

// LeakAtZero is the edge with which the derivative of a leaky ReLU at 0 is the leak, as PyTorch's;
// with the edge 0 it is 1, as TensorFlow's. It is the smallest number above 0.
const LeakAtZero = math.SmallestNonzeroFloat32

// NormBackward is the way from a norm's dz back to its x:
//
//	dx = B·(x−Mean) + (A·dz + D)    both sums fused with their products
//
// The coefficients have C elements each.
type NormBackward struct{ Mean, A, B, D []float32 }

// channels checks that all coefficients have as many elements, and returns how many.
func (n *Norm) channels(kernel string) int {
	channels := len(n.Mean)
	if !(len(n.Scale) == channels && len(n.Shift) == channels) {
		fail(kernel, "got %d, %d coefficients, want %d", len(n.Scale), len(n.Shift), channels)
	}
	return channels
}

func (n *NormBackward) channels(kernel string) int {
	channels := len(n.Mean)
	if !(len(n.A) == channels && len(n.B) == channels && len(n.D) == channels) {
		fail(kernel, "got a, b, d of %d, %d, %d channels, want %d", len(n.A), len(n.B), len(n.D), channels)
	}
	return channels
}

// Activate computes dst = a of src, [rows][columns][C] without gaps; row r of the result goes to
// dst[r·pitch:]. dst may be src where pitch leaves no gap. It panics where a slice is too short.
func (n *Norm) Activate(dst []float32, pitch int, src []float32, rows int) {
	channels := n.channels("Activate")
	row := wholeRows("Activate", src, rows, channels)
	apart("Activate", "dst", dst, rows, pitch, row)
	kernels := normFamily.active().activate.of(channels)
	if len(kernels) == 0 {
		n.activateGeneric(dst, pitch, src, rows)
		return
	}
	var args activateArgs
	args.step, args.leak = 4*channels, n.Leak
	for v := visitsOf(rows, row/channels, channels, kernels[0].channels); v.next(); {
		to, from := v.at(pitch, channels), v.at(row, channels)
		args.rows, args.cols, args.gap = v.rows, v.cols, 4*(pitch-v.cols*channels)
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dst, args.src, args.mean, args.scale, args.shift = &dst[to+c], &src[from+c], &n.Mean[c], &n.Scale[c], &n.Shift[c]
			k[0].run(noescape(&args))
		}
	}
}

// ActivateGradient computes dz from da, the gradient of a: Leak·da where z < Edge, else da, of a
// part of an image; and adds Σ dz and Σ dz·(x−Mean) of each channel to its sums. dz may be da.
// stream is that of [StoreMoments].
func (n *Norm) ActivateGradient(dz, da, x []float32, s *PixelSums, stream bool) {
	channels := n.channels("ActivateGradient")
	if !(len(dz) == len(x) && len(da) == len(x)) {
		fail("ActivateGradient", "got dz, da of %d, %d elements, want %d", len(dz), len(da), len(x))
	}
	pixels, _ := s.begin("ActivateGradient", x, channels)
	kernels := normFamily.active().activateGradient.of(channels)
	if len(kernels) == 0 {
		n.activateGradientGeneric(dz, da, x, s)
		return
	}
	var args activateGradientArgs
	args.step, args.stream, args.leak, args.edge = 4*channels, streams(dz, stream), n.Leak, n.Edge
	for v := visitsOf(1, pixels, channels, kernels[0].channels); v.next(); {
		at := v.at(0, channels)
		args.pixels = v.cols
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dz, args.da, args.x = &dz[at+c], &da[at+c], &x[at+c]
			args.mean, args.scale, args.shift = &n.Mean[c], &n.Scale[c], &n.Shift[c]
			args.sum, args.dot = s.from(c)
			k[0].run(noescape(&args))
		}
	}
	if args.stream != 0 {
		endStream()
	}
}

// NormGradient computes dx. x and dz are [rows][columns][C] without gaps; row r of the result goes
// to dx[r·pitch:]. dx may be dz where pitch leaves no gap.
func (n *NormBackward) NormGradient(dx []float32, pitch int, dz, x []float32, rows int) {
	channels := n.channels("NormGradient")
	row := wholeRows("NormGradient", x, rows, channels)
	if !(len(dz) == len(x)) {
		fail("NormGradient", "got dz of %d elements, want %d", len(dz), len(x))
	}
	apart("NormGradient", "dx", dx, rows, pitch, row)
	kernels := normFamily.active().normGradient.of(channels)
	if len(kernels) == 0 {
		n.normGradientGeneric(dx, pitch, dz, x, rows)
		return
	}
	var args normGradientArgs
	args.step = 4 * channels
	for v := visitsOf(rows, row/channels, channels, kernels[0].channels); v.next(); {
		to, from := v.at(pitch, channels), v.at(row, channels)
		args.rows, args.cols, args.gap = v.rows, v.cols, 4*(pitch-v.cols*channels)
		for k, c := kernels, 0; c < channels; c += k[0].channels {
			k = k.within(channels - c)
			args.dx, args.dz, args.x = &dx[to+c], &dz[from+c], &x[from+c]
			args.mean, args.a, args.b, args.d = &n.Mean[c], &n.A[c], &n.B[c], &n.D[c]
			k[0].run(noescape(&args))
		}
	}
}
