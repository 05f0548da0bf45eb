package spec

import (
	"fmt"
	"math"
	"reflect"
)

const (
	// maxUnits bounds the residual units of a network, and so the generated code: thirty times ResNet-1001.
	maxUnits = 10000

	// maxElements bounds the elements of one image's activation, with its halo of one pixel a side, and
	// of one weight, with its channels rounded up to whole tiles: their indices fit 32 bits.
	maxElements = math.MaxInt32

	tileChannels = 16
)

// MaxMemory bounds the estimated memory of a training step: 64 GiB, with every activation of the batch
// once, and every parameter four times, for its value, gradient, momentum and packed copy.
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
	height, width, in        int // of its input
	outHeight, outWidth, out int
	units, stride            int
	bottleneck               bool
	filters, strides         string // paths, for messages
}

// checkShapes follows the size of an image through the stages. It stops at the first stage that
// leaves none or is too large, since every later size stands on it.
func (d *decoder) checkShapes(net *Net) {
	if !d.sound("input", "classes", "filters", "strides", "units", "bottleneck") {
		return
	}
	if !d.activation("input", net.Input.Height, net.Input.Width, net.Input.Channels) ||
		!d.activation("filters[0]", net.Input.Height, net.Input.Width, net.Filters[0]) ||
		!d.weight("filters[0]", 9, net.Input.Channels, net.Filters[0]) {
		return
	}
	pixels := int64(net.Input.Height) * int64(net.Input.Width)
	sum := footprint{
		activations: pixels * int64(net.Input.Channels+net.Filters[0]),
		parameters:  9 * int64(net.Input.Channels) * int64(net.Filters[0]),
	}
	height, width := net.Input.Height, net.Input.Width
	for i := range net.Units {
		s := stage{
			index: i, height: height, width: width, in: net.Filters[i], out: net.Filters[i+1],
			units: net.Units[i], stride: net.Strides[i], bottleneck: net.Bottleneck,
			filters: fmt.Sprintf("filters[%d]", i+1), strides: fmt.Sprintf("strides[%d]", i),
		}
		s.outHeight, s.outWidth = ceil(height, s.stride), ceil(width, s.stride)
		if !d.stride(&s) || !d.elements(&s) {
			return
		}
		sum.add(&s)
		height, width = s.outHeight, s.outWidth
	}
	last := net.Filters[len(net.Filters)-1]
	if !d.weight("classes", 1, last, net.Classes) {
		return
	}
	sum.parameters += int64(last+1) * int64(net.Classes)
	d.memory(sum, net)
}

// stride holds a stage's stride to its input's size: the 1×1 or 3×3 convolution rounds a size up, the
// pooling shortcut of a basic unit rounds it down, so there the stride has to divide the size.
func (d *decoder) stride(s *stage) bool {
	got := fmt.Sprintf("%d on stage %d's input of %d×%d", s.stride, s.index+1, s.height, s.width)
	switch {
	case s.stride > min(s.height, s.width):
		d.fail(s.strides, got, fmt.Sprintf("%d or less: it leaves nothing", min(s.height, s.width)))
	case !s.bottleneck && (s.height%s.stride != 0 || s.width%s.stride != 0):
		d.fail(s.strides, got, "a divisor of both: convolution and pooling shortcut disagree on the size")
	default:
		return true
	}
	return false
}

// elements bounds the largest activation and weights of a stage.
func (d *decoder) elements(s *stage) bool {
	if !d.activation(s.filters, s.outHeight, s.outWidth, s.out) {
		return false
	}
	if !s.bottleneck {
		return d.weight(s.filters, 9, s.in, s.out) && d.weight(s.filters, 9, s.out, s.out)
	}
	quarter := s.out / 4
	return d.weight(s.filters, 1, s.in, s.out) && d.weight(s.filters, 9, quarter, quarter) &&
		d.weight(s.filters, 1, s.out, quarter) && d.weight(s.filters, 1, quarter, s.out)
}

func (d *decoder) activation(path string, height, width, channels int) bool {
	n := int64(height+2) * int64(width+2) * int64(channels)
	if n <= maxElements {
		return true
	}
	got := fmt.Sprintf("an image of %d×%d×%d", height, width, channels)
	d.fail(path, got, fmt.Sprintf("(height+2)·(width+2)·channels of %d or less", maxElements))
	return false
}

func (d *decoder) weight(path string, taps, in, out int) bool {
	n := int64(taps) * int64(whole(in)) * int64(whole(out))
	if n <= maxElements {
		return true
	}
	got := fmt.Sprintf("a weight of %d×%d×%d", taps, in, out)
	d.fail(path, got, fmt.Sprintf("%d elements or fewer, with channels rounded up to multiples of %d", maxElements, tileChannels))
	return false
}

// add counts a stage. Nothing overflows: one image's activation and one weight have fewer than 2³¹
// elements, a unit has at most four of each, and there are at most maxUnits units.
func (f *footprint) add(s *stage) {
	pixels, in, out := int64(s.outHeight)*int64(s.outWidth), int64(s.in), int64(s.out)
	units := int64(s.units)
	if !s.bottleneck {
		f.activations += units * 3 * pixels * out
		f.parameters += 9*in*out + (2*units-1)*9*out*out + units*4*out
		return
	}
	quarter := out / 4
	f.activations += units * pixels * (2*quarter + 2*out)
	f.parameters += in*quarter + in*out + (units-1)*out*quarter + units*(9*quarter*quarter+quarter*out+4*out)
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

func ceil(n, by int) int { return (n + by - 1) / by }

func whole(channels int) int { return ceil(channels, tileChannels) * tileChannels }
