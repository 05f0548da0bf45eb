package spec

import (
	"fmt"

	"github.com/resnetgen/resnetgen/spec/internal/names"
)

// check finds values that are valid alone but not together. A rule is silent if a value that it
// needs is known to be wrong. The schema states the first rules, too.
func (d *decoder) check(net *Net) {
	if d.sound("name") {
		if problem := names.Problem(net.Name); problem != "" {
			d.fail("name", quoted(net.Name)+", "+problem, "another name")
		}
	}
	d.checkSchedule(&net.Train.LearningRate)
	d.beyondSchema = true
	d.checkPiecewise(&net.Train.LearningRate)
	d.checkStandardize(net)
	d.checkPreprocess(net)
	d.checkLengths(net)
	d.checkFilters(net)
	d.checkStem(net)
	d.checkShapes(net)
	d.checkRecompute(net)
	d.checkLastGamma(net)
	d.checkLabels(net)
	d.checkData(net)
}

// checkStandardize wants a mean and a deviation of each channel, or nothing.
func (d *decoder) checkStandardize(net *Net) {
	if !d.has("standardize") {
		return
	}
	for _, list := range []struct {
		path   string
		values []float64
	}{
		{"standardize.mean", net.Standardize.Mean},
		{"standardize.std", net.Standardize.Std},
	} {
		switch {
		case d.sound("input"):
			want := fmt.Sprintf("%d: one for each channel", net.Input.Channels)
			d.checkLength(list.path, len(list.values), net.Input.Channels, want)
		case d.sound(list.path) && len(list.values) == 0:
			d.fail(list.path, "no value", "one for each channel")
		}
	}
}

// checkPreprocess holds sizes and channels to the input's.
func (d *decoder) checkPreprocess(net *Net) {
	const resize, crop, channels = "preprocess.resize", "preprocess.crop", "preprocess.channels"
	if !d.has("preprocess") || !d.sound("input") {
		return
	}
	p, in := &net.Preprocess, net.Input
	switch square := in.Height == in.Width; {
	case !d.has(crop) || !d.sound(crop):
	case !square:
		d.fail(crop, fmt.Sprint(p.Crop), fmt.Sprintf("no value: the input of %d×%d, which is cut out, is no square", in.Height, in.Width))
	case p.Crop != in.Height:
		d.fail(crop, fmt.Sprint(p.Crop), fmt.Sprintf("%d or no value: what is cut out is the input", in.Height))
	}
	if least := in.shorter(); d.sound(resize) && p.Resize < least {
		d.fail(resize, fmt.Sprint(p.Resize), fmt.Sprintf("%d or more: the input's shorter side is cut out of it", least))
	}
	if d.sound(channels) && p.Channels == "bgr" && in.Channels != 3 {
		d.fail(channels, quoted(p.Channels), fmt.Sprintf("rgb: the input has %s, not blue, green and red", count(in.Channels, "channel")))
	}
}

// shorter returns the shorter side.
func (in Input) shorter() int { return min(in.Height, in.Width) }

// checkLengths compares the lists that have one value a stage.
func (d *decoder) checkLengths(net *Net) {
	if !d.sound("filters") || len(net.Filters) < 2 {
		return
	}
	stages := len(net.Filters) - 1
	want := fmt.Sprintf("%d, one a stage: filters lists the stem, then the stages", stages)
	if !d.has("filters") {
		want = fmt.Sprintf("%d, one a stage: without filters there are %d", stages, stages)
	}
	d.checkLength("strides", len(net.Strides), stages, want)
	d.checkLength("units", len(net.Units), stages, want)
	d.checkLength("activate_before_residual", len(net.ActivateBeforeResidual), stages, want)
	if net.Bottleneck {
		d.checkLength("inner_filters", len(net.InnerFilters), stages, want)
	}
	total := 0
	for _, n := range net.Units {
		total += n
	}
	if d.sound("units") && total > maxUnits {
		d.fail("units", fmt.Sprintf("%d units in total", total), fmt.Sprintf("%d or fewer", maxUnits))
	}
}

// checkLength wants so many values of the list at path, and says it with the words of want.
func (d *decoder) checkLength(path string, got, length int, want string) {
	switch {
	case got == length || !d.sound(path):
	case got == 0:
		d.fail(path, "no value", want)
	default:
		d.fail(path, count(got, "value"), want)
	}
}

// checkFilters holds channels to what the shortcuts of the units can do.
func (d *decoder) checkFilters(net *Net) {
	if !d.sound("filters", "bottleneck", "shortcut") {
		return
	}
	for i := 1; i < len(net.Filters); i++ {
		in, out := net.Filters[i-1], net.Filters[i]
		path, got := fmt.Sprintf("filters[%d]", i), fmt.Sprint(out)
		switch {
		case net.Bottleneck && out%4 != 0 && !d.has("inner_filters"):
			d.fail(path, got, "a multiple of 4: without inner_filters bottleneck units convolve with a quarter of their channels")
		case net.Projects():
		case out < in:
			d.fail(path, got, fmt.Sprintf("%d or more: shortcut %s cannot drop channels", in, net.Shortcut))
		case (out-in)%2 != 0:
			d.fail(path, got, fmt.Sprintf("%d plus an even number: shortcut %s pads as many channels before as after", in, net.Shortcut))
		}
	}
}

// checkStem wants a kernel with a pixel in its middle, and a stride that leaves something.
func (d *decoder) checkStem(net *Net) {
	const kernel, stride = "stem.kernel", "stem.stride"
	if d.sound(kernel) && net.Stem.Kernel%2 == 0 {
		d.fail(kernel, fmt.Sprint(net.Stem.Kernel), "an odd number: the kernel has a pixel in its middle")
	}
	if least := min(net.Input.Height, net.Input.Width); d.sound(stride, "input") && net.Stem.Stride > least {
		got := fmt.Sprintf("%d on images of %d×%d", net.Stem.Stride, net.Input.Height, net.Input.Width)
		d.fail(stride, got, fmt.Sprintf("%d or less: it leaves nothing", least))
	}
}

// checkRecompute wants more than one segment of units: the last is always kept.
func (d *decoder) checkRecompute(net *Net) {
	if net.Train.Recompute == 0 || !d.sound("train.recompute", "units", "filters") {
		return
	}
	units := 0
	for _, n := range net.Units {
		units += n
	}
	if net.Train.Recompute >= units {
		d.fail("train.recompute", fmt.Sprint(net.Train.Recompute), fmt.Sprintf("fewer than the %d units of the network: a segment of all saves nothing", units))
	}
}

// checkLastGamma wants units with a norm at their end, or no start value of it.
func (d *decoder) checkLastGamma(net *Net) {
	const path = "batch_norm.last_gamma"
	if d.sound(path, "unit") && net.BatchNorm.LastGamma != 1 && !net.PostActivation() {
		d.fail(path, fmt.Sprint(net.BatchNorm.LastGamma), "1: pre-activation units end in a convolution, unit post-activation has a norm there")
	}
}

// checkLabels wants none or one label a class.
func (d *decoder) checkLabels(net *Net) {
	n := len(net.Labels)
	if n != 0 && d.sound("labels", "classes") && n != net.Classes {
		d.fail("labels", count(n, "value"), fmt.Sprintf("none or %d: one for each class", net.Classes))
	}
}

// dataSets are the sets known by name: what their images and labels demand of a network.
var dataSets = map[string]struct {
	input   Input
	classes int
}{
	"cifar10":       {Input{32, 32, 3}, 10},
	"cifar100":      {Input{32, 32, 3}, 100},
	"fashion-mini":  {Input{28, 28, 1}, 10},
	"fashion-mnist": {Input{28, 28, 1}, 10},
}

// checkData compares the network with the data set that it names.
func (d *decoder) checkData(net *Net) {
	set, named := dataSets[net.Data]
	if !named || !d.sound("data", "input", "classes") {
		return
	}
	got := quoted(net.Data)
	if net.Input != set.input {
		d.fail("data", fmt.Sprintf("%s, whose images are %v", got, set.input), fmt.Sprintf("data of this network's input, %v", net.Input))
	}
	if net.Classes != set.classes {
		d.fail("data", fmt.Sprintf("%s, which has %d classes", got, set.classes), fmt.Sprintf("data of this network's %d classes", net.Classes))
	}
}

// String returns the size in the form 32×32×3: height, width, channels.
func (in Input) String() string {
	return fmt.Sprintf("%d×%d×%d", in.Height, in.Width, in.Channels)
}

// checkSchedule wants the keys of the schedule. Piecewise may have neither of its two.
func (d *decoder) checkSchedule(rate *LearningRate) {
	const path = "train.learning_rate"
	if !d.has(path) || !d.sound(path+".schedule") {
		return
	}
	piecewise := rate.Schedule == "piecewise"
	given := d.has(path+".boundaries") || d.has(path+".values")
	for _, f := range fieldsOf(learningRateType) {
		at := path + "." + f.key
		if f.of == "schedule" && f.goesWith(rate.Schedule) && !d.has(at) && (!piecewise || given) {
			want := f.limits.describe(learningRateType.Field(f.index).Type)
			d.fail(at, "no value", fmt.Sprintf("%s: schedule %s needs it", want, rate.Schedule))
		}
	}
}

// checkPiecewise wants ascending boundaries, and a value for each part between them.
func (d *decoder) checkPiecewise(rate *LearningRate) {
	const boundaries, values = "train.learning_rate.boundaries", "train.learning_rate.values"
	if rate.Schedule != "piecewise" || !d.sound(boundaries) {
		return
	}
	for i := 1; i < len(rate.Boundaries); i++ {
		if before := rate.Boundaries[i-1]; rate.Boundaries[i] <= before {
			d.fail(fmt.Sprintf("%s[%d]", boundaries, i), fmt.Sprint(rate.Boundaries[i]), fmt.Sprintf("more than %d, the one before", before))
		}
	}
	want := len(rate.Boundaries) + 1
	if got := len(rate.Values); d.sound(values) && got != want {
		d.fail(values, count(got, "value"), fmt.Sprintf("%d: one more than boundaries", want))
	}
}
