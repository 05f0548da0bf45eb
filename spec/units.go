package spec

// Conv is a convolution's kernel, stride and channels.
type Conv struct {
	Kernel, Stride int
	In, Out        int // channels
}

// weights returns the number of its weights.
func (c *Conv) weights() int64 {
	return int64(c.Kernel) * int64(c.Kernel) * int64(c.In) * int64(c.Out)
}

// Stem returns the convolution before the first unit.
func (n *Net) Stem() Conv {
	return Conv{Kernel: 3, Stride: 1, In: n.Input.Channels, Out: n.Filters[0]}
}

// UnitConvs returns the convolutions of a residual unit's branch, in order. Stages and their units
// count from 0.
func (n *Net) UnitConvs(stage, unit int) []Conv {
	in, out, stride := n.unitShape(stage, unit)
	if !n.Bottleneck {
		return []Conv{{3, stride, in, out}, {3, 1, out, out}}
	}
	narrow := out / 4
	return []Conv{{1, stride, in, narrow}, {3, 1, narrow, narrow}, {1, 1, narrow, out}}
}

// Projection returns the convolution on a bottleneck unit's shortcut. Units whose output has their
// input's shape go without.
func (n *Net) Projection(stage, unit int) Conv {
	in, out, stride := n.unitShape(stage, unit)
	return Conv{Kernel: 1, Stride: stride, In: in, Out: out}
}

// unitShape returns a unit's input channels, output channels and stride.
func (n *Net) unitShape(stage, unit int) (in, out, stride int) {
	out = n.Filters[stage+1]
	if unit > 0 {
		return out, out, 1
	}
	return n.Filters[stage], out, n.Strides[stage]
}
