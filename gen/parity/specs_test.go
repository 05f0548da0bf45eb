package parity

import (
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
)

// covered lists what the specs in testdata/specs have to try, each in at least one spec of either
// unit unless only one unit can have it.
var covered = []struct {
	name string
	unit string // basic, bottleneck or empty: both
	in   func(s *spec.Net) bool
}{
	{"one stage", "", stages(1)},
	{"two stages", "", stages(2)},
	{"three stages", "", stages(3)},
	{"four stages", "", stages(4)},
	{"several units in a stage", "", func(s *spec.Net) bool { return slices.Max(s.Units) > 1 }},
	{"plain ReLU", "", func(s *spec.Net) bool { return s.ReluLeakiness == 0 }},
	{"leak 0.1", "", func(s *spec.Net) bool { return s.ReluLeakiness == 0.1 }},
	{"stride 2", "", stride(2)},
	{"stride 3", "", stride(3)},
	{"stride 2 with the filters kept", "", func(s *spec.Net) bool {
		return slices.ContainsFunc(stageIndices(s), func(i int) bool { return s.Strides[i] == 2 && s.Filters[i] == s.Filters[i+1] })
	}},
	{"activated before the residual", "", func(s *spec.Net) bool { return slices.Contains(s.ActivateBeforeResidual, true) }},
	{"not activated before the residual", "", func(s *spec.Net) bool { return !slices.Contains(s.ActivateBeforeResidual, true) }},
	{"both in one network", "", func(s *spec.Net) bool {
		return slices.Contains(s.ActivateBeforeResidual, true) && slices.Contains(s.ActivateBeforeResidual, false)
	}},
	{"activated behind the sum", "", (*spec.Net).PostActivation},
	{"projections with a norm behind the sum's activation", "", func(s *spec.Net) bool { return s.ShortcutNorm() && s.PostActivation() }},
	{"projections with a norm before the unit's activation", "", func(s *spec.Net) bool { return s.ShortcutNorm() && !s.PostActivation() }},
	{"subsampling shortcuts of an odd size", "", func(s *spec.Net) bool {
		return s.Shortcut == "subsample-pad" && s.Input.Height%2 == 1
	}},
	{"projections of basic units", "basic", (*spec.Net).Projects},
	{"projections beside Winograd, of one image that workers share", "basic", func(s *spec.Net) bool {
		return s.Projects() && s.Algorithm == "winograd" && s.Train.Batch == 1
	}},
	{"one input channel", "", func(s *spec.Net) bool { return s.Input.Channels == 1 }},
	{"three input channels", "", func(s *spec.Net) bool { return s.Input.Channels == 3 }},
	{"7×7", "", size(7, 7)},
	{"28×28", "", size(28, 28)},
	{"33×17", "", size(33, 17)},
	{"a stride that does not divide the size", "bottleneck", func(s *spec.Net) bool {
		return s.Strides[len(s.Strides)-1] == 2 && s.Input.Height%2 == 1
	}},
	{"the 3×3 of a bottleneck strides, with symmetric padding", "bottleneck", func(s *spec.Net) bool { return middle(s) && s.SymmetricPadding() }},
	{"the 3×3 of a bottleneck strides, with TensorFlow's padding", "bottleneck", func(s *spec.Net) bool { return middle(s) && !s.SymmetricPadding() }},
	{"more inner than outer channels", "bottleneck", func(s *spec.Net) bool {
		return s.Bottleneck && slices.ContainsFunc(stageIndices(s), func(i int) bool { return s.InnerFilters[i] > s.Filters[i+1] })
	}},
	{"5 filters", "", filters(5)},
	{"24 filters", "", filters(24)},
	{"products of the whole batch", "basic", filters(256)},
	{"biases behind Winograd", "", func(s *spec.Net) bool { return s.Bias && s.Algorithm == "winograd" }},
	{"biases of projections, which are added to sums", "", func(s *spec.Net) bool { return s.Bias && s.Shortcut == "projection" }},
	{"biases before norms", "bottleneck", func(s *spec.Net) bool { return s.Bias && s.PostActivation() && s.ShortcutNorm() }},
	{"biases and products of the whole batch", "basic", func(s *spec.Net) bool { return s.Bias && filters(256)(s) }},
	{"biases that decay", "", func(s *spec.Net) bool { return s.Bias && s.Train.DecayOn == "all" }},
	{"stem of another kernel and stride", "", func(s *spec.Net) bool { return s.Stem.Kernel != 3 && s.Stem.Stride > 1 }},
	{"symmetric padding of an even size at stride 2", "bottleneck", func(s *spec.Net) bool {
		return s.SymmetricPadding() && s.Strides[len(s.Strides)-1] == 2 && s.Input.Height%8 == 0
	}},
	{"symmetric padding of a 3×3 convolution at stride 2", "basic", func(s *spec.Net) bool {
		return s.SymmetricPadding() && s.Strides[0] == 2 && s.Input.Width%4 == 0
	}},
	{"symmetric padding of 97×131", "basic", func(s *spec.Net) bool { return s.SymmetricPadding() && size(97, 131)(s) }},
	{"max pool of equal values", "basic", func(s *spec.Net) bool { return s.Name == tiesSpec && s.Stem.Pool == "max" }},
	{"max pool", "", func(s *spec.Net) bool { return s.Stem.Pool == "max" }},
	{"max pool of an odd size", "bottleneck", func(s *spec.Net) bool { return s.Stem.Pool == "max" && s.Input.Height%2 == 1 }},
	{"batch 1", "", func(s *spec.Net) bool { return s.Train.Batch == 1 }},
	{"fewer images than groups", "", func(s *spec.Net) bool { return s.Train.Batch > 1 && s.Train.Batch < 16 }},
	{"more images than groups", "", func(s *spec.Net) bool { return s.Train.Batch > 16 }},
	{"sgd", "", func(s *spec.Net) bool { return s.Train.Optimizer == "sgd" }},
	{"mom", "", func(s *spec.Net) bool { return s.Train.Optimizer == "mom" }},
	{"nesterov", "", func(s *spec.Net) bool { return s.Train.Optimizer == "nesterov" }},
	{"adamw on weights", "basic", adamw("weights")},
	{"adamw on all", "bottleneck", adamw("all")},
	{"decay on all in the loss", "", func(s *spec.Net) bool { return s.Train.Optimizer != "adamw" && s.Train.DecayOn == "all" }},
	{"label smoothing", "", func(s *spec.Net) bool { return s.Train.LabelSmoothing > 0 }},
	{"standardized by given means", "basic", func(s *spec.Net) bool { return s.Standardize.Mean != nil && s.Input.Channels == 3 }},
	{"cropped images, blue first", "basic", func(s *spec.Net) bool {
		return s.Preprocess.Resize > s.Input.Height && s.Preprocess.Channels == "bgr"
	}},
	{"sums that are exactly 0", "", func(s *spec.Net) bool { return s.BatchNorm.LastGamma == 0 && s.ReluLeakiness == 0 }},
	{"unbiased variance in the averages", "", (*spec.Net).UnbiasedVariance},
	{"other batch-norm constants", "", func(s *spec.Net) bool { return s.BatchNorm.Epsilon != 0.001 && s.BatchNorm.Decay != 0.9 }},
}

func adamw(decayOn string) func(*spec.Net) bool {
	return func(s *spec.Net) bool { return s.Train.Optimizer == "adamw" && s.Train.DecayOn == decayOn }
}

func middle(s *spec.Net) bool { return s.BottleneckStride == "middle" && slices.Max(s.Strides) > 1 }

func stages(n int) func(*spec.Net) bool {
	return func(s *spec.Net) bool { return len(s.Strides) == n }
}

func stride(n int) func(*spec.Net) bool {
	return func(s *spec.Net) bool { return slices.Contains(s.Strides, n) }
}

func filters(n int) func(*spec.Net) bool {
	return func(s *spec.Net) bool { return slices.Contains(s.Filters, n) }
}

func size(height, width int) func(*spec.Net) bool {
	return func(s *spec.Net) bool { return s.Input.Height == height && s.Input.Width == width }
}

func stageIndices(s *spec.Net) []int {
	var indices []int
	for i := range s.Strides {
		indices = append(indices, i)
	}
	return indices
}

// TestSpecs checks that the specs try what they are for, so that none can be changed unseen.
func TestSpecs(t *testing.T) {
	networks := loadFixture(t).networks
	for _, c := range covered {
		for _, unit := range []string{"basic", "bottleneck"} {
			found := slices.ContainsFunc(networks, func(n *network) bool {
				return n.spec.Bottleneck == (unit == "bottleneck") && c.in(n.spec)
			})
			if !found && (c.unit == "" || c.unit == unit) {
				t.Errorf("%s: got no spec of %s units, want one", c.name, unit)
			}
		}
	}
}
