package oracle

import (
	"fmt"

	"github.com/resnetgen/resnetgen/spec"
)

// unit is a residual unit.
type unit struct {
	scope      string // "unit_<stage>_<i>"
	out        int    // channels
	stride     int
	bottleneck bool
	inner      int    // channels inside a bottleneck
	middle     bool   // its 3×3 strides
	kind       string // of the shortcut
	activate   bool   // activate_before_residual
}

// network is the forward pass, up to the logits. Where the network is new, it declares the
// variables that it meets, which is TensorFlow's order of creation.
func (t *tape) network(images *node) *node {
	s := t.net.spec
	x := t.conv(images, "init/init_conv", s.Stem.Kernel, s.Stem.Stride, s.Filters[0])
	unit := t.unit
	if s.PostActivation() {
		x, unit = t.normLeaky(x, "init/init_bn"), t.postUnit
	}
	if s.Stem.Pool == "max" {
		x = t.maxPool(x, 3, 2)
	}
	for stage, count := range s.Units {
		for i := range count {
			x = unit(x, unitOf(s, stage, i))
		}
	}
	if !s.PostActivation() {
		x = t.normLeaky(x, "unit_last/final_bn")
	}
	return t.fullyConnected(t.globalAvgPool(x), "logit/DW", "logit/biases", s.Classes)
}

func unitOf(s *spec.Net, stage, i int) unit {
	u := unit{
		scope: fmt.Sprintf("unit_%d_%d", stage+1, i),
		out:   s.Filters[stage+1], stride: 1, bottleneck: s.Bottleneck, kind: s.Shortcut,
	}
	if s.Bottleneck {
		u.inner, u.middle = s.InnerFilters[stage], s.BottleneckStride == "middle"
	}
	if i == 0 {
		u.stride, u.activate = s.Strides[stage], s.ActivateBeforeResidual[stage]
	}
	return u
}

// unit is a branch, bn → leaky → conv twice or three times, plus the shortcut, which begins at x or
// behind the first activation.
func (t *tape) unit(x *node, u unit) *node {
	y, shortcut := x, x
	for i, c := range u.convs() {
		y = t.normLeaky(y, u.norm(i))
		if i == 0 && u.activate {
			shortcut = y
		}
		y = t.conv(y, fmt.Sprintf("%s/sub%d/conv%d", u.scope, i+1, i+1), c.kernel, c.stride, c.out)
	}
	return t.add(y, t.shortcut(shortcut, u))
}

// postUnit is a branch, conv → bn twice or three times with leaky between them, plus the shortcut,
// and leaky of the sum.
func (t *tape) postUnit(x *node, u unit) *node {
	y, convs := x, u.convs()
	for i, c := range convs {
		sub := fmt.Sprintf("%s/sub%d", u.scope, i+1)
		y = t.conv(y, fmt.Sprintf("%s/conv%d", sub, i+1), c.kernel, c.stride, c.out)
		norm := fmt.Sprintf("%s/bn%d", sub, i+1)
		if i == len(convs)-1 {
			y = t.batchNormFrom(y, norm, float64(t.net.spec.BatchNorm.LastGamma))
			break
		}
		y = t.normLeaky(y, norm)
	}
	return t.leakyReLU(t.add(y, t.shortcut(x, u)))
}

// convolution is one of a unit's branch.
type convolution struct{ kernel, stride, out int }

// convs are 3×3 and 3×3; of a bottleneck 1×1, 3×3 and 1×1, with other channels between them. The
// first has the unit's stride, or of a bottleneck the 3×3.
func (u unit) convs() []convolution {
	if !u.bottleneck {
		return []convolution{{3, u.stride, u.out}, {3, 1, u.out}}
	}
	if u.middle {
		return []convolution{{1, 1, u.inner}, {3, u.stride, u.inner}, {1, 1, u.out}}
	}
	return []convolution{{1, u.stride, u.inner}, {3, 1, u.inner}, {1, 1, u.out}}
}

// norm is the scope of the batch norm before convolution i. The official code names the first after
// what the activation is shared with.
func (u unit) norm(i int) string {
	switch {
	case i > 0:
		return fmt.Sprintf("%s/sub%d/bn%d", u.scope, i+1, i+1)
	case u.bottleneck && u.activate:
		return u.scope + "/common_bn_relu/init_bn"
	case u.bottleneck:
		return u.scope + "/residual_bn_relu/init_bn"
	case u.activate:
		return u.scope + "/shared_activation/init_bn"
	default:
		return u.scope + "/residual_only_activation/init_bn"
	}
}

// shortcut brings x to the shape of the branch.
func (t *tape) shortcut(x *node, u unit) *node {
	in := x.value.channels()
	if in == u.out && u.stride == 1 {
		return x
	}
	switch u.kind {
	case "projection":
		return t.conv(x, u.scope+"/sub_add/project", 1, u.stride, u.out)
	case "projection-bn":
		return t.batchNorm(t.conv(x, u.scope+"/sub_add/project", 1, u.stride, u.out), u.scope+"/sub_add/project_bn")
	case "subsample-pad":
		x = t.subsample(x, u.stride)
	default:
		x = t.avgPool(x, u.stride)
	}
	return t.padChannels(x, u.out)
}
