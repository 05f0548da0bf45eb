package spec

import (
	"fmt"
	"math"
	"reflect"
	"slices"
)

const (
	// maxUnits bounds the residual units of a network, and so the generated code: thirty times
	// ResNet-1001.
	maxUnits = 10000

	// maxElements bounds the elements of one image's activation, with the halo for the next
	// convolution, and of one weight, with its channels rounded up to whole tiles. Their indices
	// fit 32 bits.
	maxElements = math.MaxInt32

	unitHalo = 1 // of the largest kernel in a unit, 3×3: see [Conv.halo]

	tileChannels = 16
)

// MaxMemory bounds the estimated memory of a training step: 64 GiB, with every activation of the
// batch once, and every parameter four times, for its value, gradient, momentum and packed copy.
const MaxMemory = 64 << 30

var learningRateType = reflect.TypeFor[LearningRate]()

// footprint is what a network holds in memory, in elements of 4 bytes.
type footprint struct {
	activations int64 // of one image: the input, and the output of every convolution and unit
	parameters  int64
}

// stage is what the shape rules know of one stage.
type stage struct {
	index                    int // from 0
	height, width            int // of its input
	outHeight, outWidth, out int
	filters, inner, strides  string // paths, for messages
}

// checkShapes follows the size of an image through the stages. It stops at the first stage that
// leaves none or is too large, since every later size stands on it.
func (d *decoder) checkShapes(net *Net) {
	if !d.sound(shapeKeys...) {
		return
	}
	in, stem := net.Input, net.StemConv()
	height, width := ceil(in.Height, stem.Stride), ceil(in.Width, stem.Stride)
	if !d.activation("input", in.Height, in.Width, stem.In, stem.halo()) ||
		!d.activation("filters[0]", height, width, stem.Out, unitHalo) || !d.weight("filters[0]", stem) {
		return
	}
	sum := footprint{
		activations: pixels(in.Height, in.Width)*int64(stem.In) + pixels(height, width)*int64(stem.Out),
		parameters:  net.parameters(&stem),
	}
	height, width = net.unitsInput()
	if _, stride := net.StemPool(); stride > 0 { // its output, and where the maxima are
		sum.activations += 2 * pixels(height, width) * int64(stem.Out)
	}
	for i := range net.Units {
		s := stage{
			index: i, height: height, width: width, out: net.Filters[i+1],
			filters: fmt.Sprintf("filters[%d]", i+1), strides: fmt.Sprintf("strides[%d]", i),
		}
		s.inner = s.filters
		if d.has("inner_filters") {
			s.inner = fmt.Sprintf("inner_filters[%d]", i)
		}
		s.outHeight, s.outWidth = ceil(height, net.Strides[i]), ceil(width, net.Strides[i])
		if !d.stride(net, &s) || !d.elements(net, &s) {
			return
		}
		sum.add(net, &s)
		height, width = s.outHeight, s.outWidth
	}
	d.checkVariance(net, height, width)
	last := Conv{Kernel: 1, Stride: 1, In: net.Filters[len(net.Filters)-1], Out: net.Classes}
	if !d.weight("classes", last) {
		return
	}
	sum.parameters += last.weights() + int64(last.Out)
	d.memory(sum, net)
}

// checkVariance wants more than one value in each norm of an unbiased variance, which divides by
// their number less one. The last stage's images are the smallest.
func (d *decoder) checkVariance(net *Net, height, width int) {
	const variance, batch = "batch_norm.variance", "train.batch"
	if !d.sound(batch, "batch_norm") || !net.UnbiasedVariance() || net.Train.Batch*height*width > 1 {
		return
	}
	if d.has(variance) {
		d.fail(variance, "unbiased, of the single value of a channel that a batch of 1 leaves in 1×1 images", "biased, or a larger batch or images")
	} else {
		d.fail(batch, "1, which leaves a single value of a channel in 1×1 images", "2 or more, or larger images: the family takes the unbiased variance")
	}
}

// stride checks a stage's stride against its input's size. The 1×1 or 3×3 convolution rounds a size
// up, an average pool on the shortcut rounds it down. There the stride has to divide the size.
func (d *decoder) stride(net *Net, s *stage) bool {
	stride := net.Strides[s.index]
	got := fmt.Sprintf("%d on stage %d's input of %d×%d", stride, s.index+1, s.height, s.width)
	switch {
	case stride > min(s.height, s.width):
		d.fail(s.strides, got, fmt.Sprintf("%d or less: it leaves nothing", min(s.height, s.width)))
	case net.Shortcut == averagePad && (s.height%stride != 0 || s.width%stride != 0):
		d.fail(s.strides, got, "a divisor of both: convolution and pooling shortcut disagree on the size")
	default:
		return true
	}
	return false
}

// elements bounds the activations and weights of a stage. Its third unit is as its second.
func (d *decoder) elements(net *Net, s *stage) bool {
	if !d.activation(s.filters, s.outHeight, s.outWidth, s.out, unitHalo) ||
		net.Projects() && !d.weight(s.filters, net.Projection(s.index, 0)) {
		return false
	}
	height, width := s.height, s.width
	for _, c := range slices.Concat(net.UnitConvs(s.index, 0), net.UnitConvs(s.index, 1)) {
		height, width = ceil(height, c.Stride), ceil(width, c.Stride)
		if !d.activation(s.inner, height, width, c.Out, unitHalo) || !d.weight(s.inner, c) {
			return false
		}
	}
	return true
}

// activation bounds an image that a convolution reads in a halo of so many pixels.
func (d *decoder) activation(path string, height, width, channels, halo int) bool {
	if pixels(height+2*halo, width+2*halo)*int64(channels) <= maxElements {
		return true
	}
	got := fmt.Sprintf("an image of %d×%d×%d", height, width, channels)
	d.fail(path, got, fmt.Sprintf("(height+%d)·(width+%[1]d)·channels of %d or less", 2*halo, maxElements))
	return false
}

func (d *decoder) weight(path string, c Conv) bool {
	taps := c.Kernel * c.Kernel
	n := int64(taps) * int64(whole(c.In)) * int64(whole(c.Out))
	if n <= maxElements {
		return true
	}
	got := fmt.Sprintf("a weight of %d×%d×%d", taps, c.In, c.Out)
	d.fail(path, got, fmt.Sprintf("%d elements or fewer, with channels rounded up to multiples of %d", maxElements, tileChannels))
	return false
}

// add counts a stage, with a projection for its first unit even if that needs none. Nothing
// overflows: one image's activation and one weight have fewer than 2³¹ elements, a unit has at most
// four of each, and there are at most maxUnits units.
func (f *footprint) add(net *Net, s *stage) {
	f.addUnits(net, 1, s.height, s.width, net.UnitConvs(s.index, 0))
	f.addUnits(net, int64(net.Units[s.index]-1), s.outHeight, s.outWidth, net.UnitConvs(s.index, 1))
	if net.Projects() {
		projection := net.Projection(s.index, 0)
		f.parameters += net.parameters(&projection)
	}
}

// addUnits counts n units of an input's size: their convolutions, the norms of these, and the sums.
func (f *footprint) addUnits(net *Net, n int64, height, width int, convs []Conv) {
	last := int64(0)
	for _, c := range convs {
		height, width = ceil(height, c.Stride), ceil(width, c.Stride)
		last = pixels(height, width) * int64(c.Out)
		f.activations += n * last
		f.parameters += n * (net.parameters(&c) + 2*int64(c.Out))
	}
	f.activations += n * last
}

// memory holds the estimated memory of a training step to [MaxMemory].
func (d *decoder) memory(sum footprint, net *Net) {
	const element = 4
	fixed := 4 * element * sum.parameters
	image := element * sum.activations
	if fixed+image > MaxMemory {
		got := fmt.Sprintf("a network of %s for one image", gibibytes(float64(fixed)+float64(image)))
		d.fail("filters", got, gibibytes(MaxMemory)+" or less")
		return
	}
	most := (MaxMemory - fixed) / image
	bound := func(path string, batch int) {
		if d.sound(path) && int64(batch) > most {
			got := fmt.Sprintf("%d, which needs %s", batch, gibibytes(float64(fixed)+float64(batch)*float64(image)))
			d.fail(path, got, fmt.Sprintf("%d or less, for %s", most, gibibytes(MaxMemory)))
		}
	}
	bound("train.batch", net.Train.Batch)
	bound("eval.batch", net.Eval.Batch)
}

func gibibytes(bytes float64) string { return fmt.Sprintf("%.1f GiB", bytes/(1<<30)) }

func pixels(height, width int) int64 { return int64(height) * int64(width) }

func ceil(n, by int) int { return (n + by - 1) / by }

func whole(channels int) int { return ceil(channels, tileChannels) * tileChannels }
