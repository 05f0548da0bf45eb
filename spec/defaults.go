package spec

import (
	"cmp"
	"slices"
)

// The official model's values, where they depend on other values or are lists.
var (
	basicFilters       = []int{16, 16, 32, 64}
	bottleneckFilters  = []int{16, 64, 128, 256}
	threeStageStrides  = []int{1, 2, 2}
	officialBoundaries = []int{40000, 60000, 80000}
	officialValues     = []float64{0.1, 0.01, 0.001, 0.0001}
)

// defaultShortcut is the official model's.
func defaultShortcut(net *Net) string {
	if net.Bottleneck {
		return projection
	}
	return averagePad
}

// defaultInnerFilters is the official model's: a quarter of the filters of each stage, nil without
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
	if d.has("preprocess") {
		d.preprocessDefaults(net)
	}
	if !d.has("filters") && d.sound("bottleneck") {
		net.Filters = slices.Clone(basicFilters)
		if net.Bottleneck {
			net.Filters = slices.Clone(bottleneckFilters)
		}
	}
	if !d.has("shortcut") {
		net.Shortcut = defaultShortcut(net)
	}
	if !d.has("inner_filters") {
		net.InnerFilters = defaultInnerFilters(net)
	}
	stages := len(net.Filters) - 1
	if stages < 1 {
		return // a problem is recorded
	}
	if !d.has("strides") && stages == len(threeStageStrides) {
		net.Strides = slices.Clone(threeStageStrides)
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
	p.Channels = cmp.Or(p.Channels, "rgb")
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
