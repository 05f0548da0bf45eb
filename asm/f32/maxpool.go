package f32

import "math"

// maxPoolArgs is one call: a run of windows of rows×columns pixels, or of pixels that so many
// windows have. Steps are in bytes: largeStep, smallStep and tapStep from one to the next, column
// and row as those of [poolArgs], in what it reads.
type maxPoolArgs struct {
	large, small, taps                                 *float32 // the first element of the first
	lowest                                             float32  // -Inf
	tap, tapColumn, tapRow                             float32  // of the first pixel; more at the next one; and at the end of a row
	count, rows, columns                               int
	largeStep, smallStep, tapStep, nextColumn, nextRow int
}

// MaxPool is the geometry of a max pool of Kernel×Kernel windows, Stride pixels apart, of images of
// [Height][Width][Channels] to [OutHeight][OutWidth][Channels]. The first window begins Top rows
// above the image and Left columns before it; pixels outside the image have no part in a maximum.
// Each window has one inside.
//
// The taps of a window are its pixels in raster order, from 0 to Kernel²−1.
type MaxPool struct {
	Kernel, Stride, Top, Left int
	Height, Width             int
	OutHeight, OutWidth       int
	Channels                  int
}

// Max computes rows first to end−1 of y, and of taps which tap has the maximum; taps may be nil. A
// maximum is m = x > m ? x : m over the window in raster order, from -Inf: of equal values, and of
// +0 and -0, the first counts; NaN never does. A window without a value above -Inf has its first
// pixel's tap.
func (p *MaxPool) Max(y, taps, x []float32, first, end int) {
	p.check("MaxPool.Max", len(x), len(y), len(taps), true)
	if !(0 <= first && first <= end && end <= p.OutHeight) {
		fail("MaxPool.Max", "got rows %d to %d, want some of %d", first, end, p.OutHeight)
	}
	if kernels := poolFamily.active().max.of(p.Channels); len(kernels) > 0 {
		p.maxRows(kernels, y, taps, x, first, end)
	} else {
		p.maxGeneric(y, taps, x, first, end)
	}
}

// Gradient computes dx, the gradient of the pool's input, from dy, that of its output, and the taps
// of the maxima. A pixel's is the sum of the dy of those windows whose maximum it is, from +0 in
// raster order.
func (p *MaxPool) Gradient(dx, dy, taps []float32) {
	p.check("MaxPool.Gradient", len(dx), len(dy), len(taps), false)
	if kernels := poolFamily.active().maxGradient.of(p.Channels); len(kernels) > 0 {
		p.gradientRows(kernels, dx, dy, taps)
	} else {
		p.maxGradientGeneric(dx, dy, taps)
	}
}

// largestWindow bounds Kernel: float32 counts the taps of so large a window exactly.
const largestWindow = 1 << 12

func (p *MaxPool) check(kernel string, largeLen, smallLen, tapsLen int, without bool) {
	if !(min(p.Kernel, p.Stride, p.Height, p.Width, p.OutHeight, p.OutWidth, p.Channels) > 0 && p.Kernel <= largestWindow) {
		fail(kernel, "got %+v, want positive sizes and a kernel of %d or less", *p, largestWindow)
	}
	inside := func(outputs, before, inputs int) bool {
		return before >= 0 && before < p.Kernel && times(outputs-1, p.Stride) < plus(inputs, before)
	}
	if !(inside(p.OutHeight, p.Top, p.Height) && inside(p.OutWidth, p.Left, p.Width)) {
		fail(kernel, "got %+v, want no window outside the image", *p)
	}
	large := times(times(p.Height, p.Width), p.Channels)
	small := times(times(p.OutHeight, p.OutWidth), p.Channels)
	if !(largeLen == large && smallLen == small && (tapsLen == small || without && tapsLen == 0)) {
		fail(kernel, "got %d elements of the large image, %d of the small and %d taps, want %d, %d and %d",
			largeLen, smallLen, tapsLen, large, small, small)
	}
}

// poolAxis is a max pool along one axis: its rows, or its columns.
type poolAxis struct{ inputs, outputs, before, kernel, stride int }

func (p *MaxPool) rows() poolAxis {
	return poolAxis{p.Height, p.OutHeight, p.Top, p.Kernel, p.Stride}
}

func (p *MaxPool) columns() poolAxis {
	return poolAxis{p.Width, p.OutWidth, p.Left, p.Kernel, p.Stride}
}

// window returns the taps of output o that lie inside the image, [tap, tap+n), and the first one's
// input.
func (a *poolAxis) window(o int) (input, tap, n int) {
	start := o*a.stride - a.before
	tap = max(0, -start)
	return start + tap, tap, min(a.kernel, a.inputs-start) - tap
}

// windows returns how many outputs from o on have windows that lie in the image as o's does.
func (a *poolAxis) windows(o int) int {
	if _, _, n := a.window(o); n < a.kernel {
		return 1
	}
	return min(a.outputs-1, (a.inputs-a.kernel+a.before)/a.stride) - o + 1
}

// reach returns the n outputs whose windows have input i, from output o on: i is tap tap of o, and
// stride taps less of each next one.
func (a *poolAxis) reach(i int) (o, tap, n int) {
	at := i + a.before
	o = max(0, (at-a.kernel+a.stride)/a.stride)
	return o, at - o*a.stride, min(a.outputs-1, at/a.stride) - o + 1
}

// reaches returns how many inputs from i on, a stride apart, lie in their windows as i does.
func (a *poolAxis) reaches(i int) int {
	at := i + a.before
	if at < a.kernel-1 || at/a.stride >= a.outputs { // windows that would have it are missing
		return 1
	}
	return min((a.inputs-1-i)/a.stride, a.outputs-1-at/a.stride) + 1
}

// maxRows calls kernels for each run of equal windows.
func (p *MaxPool) maxRows(kernels blocks[maxPoolArgs], y, taps, x []float32, first, end int) {
	var nowhere scratch
	args := p.args()
	args.largeStep, args.smallStep = p.Stride*args.nextColumn, args.nextColumn
	args.tapColumn = 1
	if len(taps) > 0 {
		args.tapStep = args.smallStep
	}
	rows, columns := p.rows(), p.columns()
	for oh := first; oh < end; oh++ {
		ih, th, nh := rows.window(oh)
		for ow := 0; ow < p.OutWidth; ow += args.count {
			iw, tw, nw := columns.window(ow)
			args.count, args.rows, args.columns = columns.windows(ow), nh, nw
			args.tap, args.tapRow = float32(th*p.Kernel+tw), float32(p.Kernel-nw)
			args.nextRow = (p.Width - nw) * args.nextColumn
			k, small, large := kernels, (oh*p.OutWidth+ow)*p.Channels, (ih*p.Width+iw)*p.Channels
			for c := 0; c < p.Channels; c += k[0].channels {
				k = k.within(p.Channels - c)
				args.large, args.small, args.taps = &x[large+c], &y[small+c], noescape(&nowhere).pixel()
				if len(taps) > 0 {
					args.taps = &taps[small+c]
				}
				k[0].run(noescape(&args))
			}
		}
	}
}

// gradientRows calls kernels for each run of pixels that lie in their windows alike.
func (p *MaxPool) gradientRows(kernels blocks[maxPoolArgs], dx, dy, taps []float32) {
	args := p.args()
	args.largeStep, args.smallStep = p.Stride*args.nextColumn, args.nextColumn
	args.tapColumn = float32(-p.Stride)
	rows, columns := p.rows(), p.columns()
	for ih := range p.Height {
		oh, th, nh := rows.reach(ih)
		for first := range min(p.Stride, p.Width) {
			for iw := first; iw < p.Width; iw += args.count * p.Stride {
				ow, tw, nw := columns.reach(iw)
				args.count, args.rows, args.columns = columns.reaches(iw), nh, nw
				large := (ih*p.Width + iw) * p.Channels
				if nh <= 0 || nw <= 0 {
					args.count = 1
					clear(dx[large:][:p.Channels])
					continue
				}
				args.tap, args.tapRow = float32(th*p.Kernel+tw), float32(p.Stride*(nw-p.Kernel))
				args.nextRow = (p.OutWidth - nw) * args.nextColumn
				k, small := kernels, (oh*p.OutWidth+ow)*p.Channels
				for c := 0; c < p.Channels; c += k[0].channels {
					k = k.within(p.Channels - c)
					args.large, args.small, args.taps = &dx[large+c], &dy[small+c], &taps[small+c]
					k[0].run(noescape(&args))
				}
			}
		}
	}
}

// args returns what all calls share.
func (p *MaxPool) args() maxPoolArgs {
	return maxPoolArgs{lowest: float32(math.Inf(-1)), nextColumn: 4 * p.Channels}
}
