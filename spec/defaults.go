package spec

import (
	"cmp"
	"slices"
)

// The official model's lists.
var (
	threeStageStrides  = []int{1, 2, 2}
	officialBoundaries = []int{40000, 60000, 80000}
	officialValues     = []float64{0.1, 0.01, 0.001, 0.0001}
)

// defaultShortcut is the official model's.
func defaultShortcut(net *Net) string { return families[tensorFlow].value("shortcut", net.Bottleneck) }

// defaultStrides halve an image at each stage but the first. The official model has three stages:
// other numbers have none.
func defaultStrides(net *Net, stages int) []int {
	if net.Family == tensorFlow && stages != len(threeStageStrides) {
		return nil
	}
	strides := make([]int, stages)
	for i := range strides {
		strides[i] = 2
	}
	strides[0] = 1
	return strides
}

// defaultInnerFilters are a quarter of the filters of each stage, nil without
// bottlenecks.
func defaultInnerFilters(net *Net) (inner []int) {
	if !net.Bottleneck || len(net.Filters) == 0 {
		return nil
	}
	for _, out := range net.Filters[1:] {
		inner = append(inner, out/4)
	}
	return inner
}

// defaults fills in what the file does not say and the tags of net.go cannot.
func (d *decoder) defaults(net *Net) {
	if d.has("preprocess") || net.Preprocess.Fit != "" {
		d.preprocessDefaults(net)
	}
	if !d.has("filters") && d.sound("bottleneck") {
		net.Filters = slices.Clone(d.preset.filters(net.Bottleneck))
	}
	if mean := d.preset.mean; !d.has("standardize") && len(mean) == net.Input.Channels {
		net.Standardize = Standardize{Mean: slices.Clone(mean), Std: slices.Clone(d.preset.std)}
	}
	if !d.has("inner_filters") {
		net.InnerFilters = defaultInnerFilters(net)
	}
	stages := len(net.Filters) - 1
	if stages < 1 {
		return // a problem is recorded
	}
	if !d.has("strides") {
		net.Strides = defaultStrides(net, stages)
	}
	if !d.has("activate_before_residual") {
		net.ActivateBeforeResidual = make([]bool, stages)
		net.ActivateBeforeResidual[0] = true
	}
	if len(net.Units) == 1 && d.has("units") && !d.has("units[0]") {
		one := net.Units[0]
		net.Units = make([]int, stages)
		for i := range net.Units {
			net.Units[i] = one
		}
	}
	rate := &net.Train.LearningRate
	switch {
	case !d.has("train.learning_rate"):
		rate.Schedule = "piecewise"
	case rate.Schedule != "piecewise" || d.has("train.learning_rate.boundaries") || d.has("train.learning_rate.values"):
		return
	}
	rate.Boundaries = slices.Clone(officialBoundaries)
	rate.Values = slices.Clone(officialValues)
}

// preprocessDefaults fills in what torchvision's presets have, for an input of any size.
func (d *decoder) preprocessDefaults(net *Net) {
	p := &net.Preprocess
	p.Fit = cmp.Or(p.Fit, "crop")
	p.Interpolation = cmp.Or(p.Interpolation, "bilinear")
	if p.Channels == "" || !d.has("preprocess.channels") && net.Input.Channels != 3 {
		p.Channels = "rgb"
	}
	if height, width := net.Input.Height, net.Input.Width; !d.has("preprocess.crop") && height == width {
		p.Crop = height
	}
	if d.has("preprocess.resize") {
		return
	}
	p.Resize = net.Input.shorter()
	if p.Fit == "crop" {
		p.Resize = (2*p.Resize*256 + 224) / (2 * 224) // rounded: 224 has 256, 299 has 342
	}
}
