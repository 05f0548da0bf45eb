// Package lower turns a spec into the graph of its forward pass, with every shape inferred.
package lower

import (
	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// Lower returns the forward pass of a valid spec: the pre-activation residual network of
// He et al., "Identity Mappings in Deep Residual Networks", 2016, in TensorFlow's official form, or
// the post-activation one of He et al., "Deep Residual Learning for Image Recognition", 2015.
func Lower(net *spec.Net) *ir.Graph {
	l := &lowering{net: net, g: &ir.Graph{
		Name:  net.Name,
		Input: ir.Shape{H: net.Input.Height, W: net.Input.Width, C: net.Input.Channels}, Classes: net.Classes,
		Batch: net.Train.Batch, EvalBatch: net.Eval.Batch,
		Leak: net.ReluLeakiness, LeakAtZero: net.LeakAtZero(), Epsilon: net.BatchNorm.Epsilon, BNDecay: net.BatchNorm.Decay, Unbiased: net.UnbiasedVariance(),
		Optimizer: abi.OptimizerNamed(net.Train.Optimizer), Momentum: net.Train.Momentum, WeightDecay: net.Train.WeightDecay,
		LabelSmoothing: net.Train.LabelSmoothing, Algorithm: net.Algorithm, Recompute: net.Train.Recompute,
	}, names: namerOf(net), convention: Convention(net)}
	x := l.stem()
	for stage, units := range net.Units {
		for i := range units {
			x = l.unit(l.unitOf(stage, i), x)
		}
	}
	l.head(x)
	l.g.KeepForward()
	return l.g
}

// lowering builds a graph.
type lowering struct {
	net        *spec.Net
	g          *ir.Graph
	layer      *ir.Layer // the one that operations are added to
	names      namer
	convention network.Convention // of the variables' names
}

// unit is a residual unit to be built.
type unit struct {
	*unitNames
	convs         []spec.Conv // of its branch
	projects      bool        // the shortcut is a convolution, else a pool
	shortcutNorm  bool        // behind that convolution
	shortcutConv  spec.Conv   // a pool has its stride
	window        int         // of a pool
	activateFirst bool        // the shortcut begins behind the first activation
}

func (l *lowering) unitOf(stage, i int) *unit {
	net := l.net
	projection, activateFirst := net.Projection(stage, i), i == 0 && net.ActivateBeforeResidual[stage]
	return &unit{
		unitNames: l.names.unit(stage, i, activateFirst), convs: net.UnitConvs(stage, i),
		projects: net.Projects(), shortcutNorm: net.ShortcutNorm(), shortcutConv: projection, window: net.ShortcutWindow(projection.Stride),
		activateFirst: activateFirst,
	}
}

func (l *lowering) stem() *ir.Tensor {
	net := l.net
	names := l.names.stem()
	l.begin(names.unit, names.conv)
	image := l.g.NewTensor(names.unit, "image", "x", l.g.Input)
	l.add(&ir.Op{Kind: ir.OpImage, Out: image, Name: names.unit})
	kernel, stride := net.StemPool()
	pooled := stride > 0
	c := convSpec{Conv: net.StemConv(), unit: names.unit, site: names.kernel, out: "out", role: "y"}
	if net.PostActivation() || pooled {
		c.out = "y"
	}
	x := l.conv(c, image)
	switch {
	case net.PostActivation() && pooled:
		x = l.activate(names.unit, names.norm, activationField(names.norm), x)
	case net.PostActivation():
		return l.activate(names.unit, names.norm, "out", x)
	case !pooled:
		return x
	}
	return l.maxPool(names, ir.Window{Kernel: kernel, Stride: stride, Symmetric: net.SymmetricPadding()}, x)
}

// maxPool adds the stem's max pool, a layer of its own, whose output is the stem's.
func (l *lowering) maxPool(names *stemNames, w ir.Window, x *ir.Tensor) *ir.Tensor {
	conv := l.layer
	l.begin(names.unit, names.pool)
	shape := ir.Shape{H: ceil(x.Shape.H, w.Stride), W: ceil(x.Shape.W, w.Stride), C: x.Shape.C}
	y := l.g.NewTensor(names.unit, "out", "y", shape)
	l.layer.In, l.layer.Out, l.layer.Output, conv.Output = x.Shape, shape, y, y
	l.add(&ir.Op{Kind: ir.OpMaxPool, In: []*ir.Tensor{x}, Out: y, Window: w, Name: names.pool.name})
	return y
}

// unit adds a residual unit: its branch, its shortcut, and their sum, which is the output of the
// branch's last layer.
func (l *lowering) unit(u *unit, x *ir.Tensor) *ir.Tensor {
	l.g.Units = append(l.g.Units, u.unit)
	branch := l.branch
	if l.net.PostActivation() {
		branch = l.postBranch
	}
	y, activated := branch(u, x)
	last, shortcut := l.layer, x
	if u.activateFirst {
		shortcut = activated
	}
	switch {
	case shortcut.Shape == y.Shape:
	case u.projects:
		shortcut = l.project(u, shortcut)
	default:
		shortcut = l.pool(u, shortcut, y.Shape)
	}
	field := "out"
	if l.net.PostActivation() {
		field = "sum"
	}
	out := l.g.NewTensor(u.unit, field, "y", y.Shape)
	l.add(&ir.Op{Kind: ir.OpAdd, In: []*ir.Tensor{y, shortcut}, Out: out, Name: u.sum})
	if l.net.PostActivation() {
		out = l.leaky(u.unit, "out", u.sum, out)
	}
	last.Output, l.layer.Output = out, out
	return out
}

// postBranch adds a unit's convolutions, each before a norm, and activations between them. It
// returns the last norm's output.
func (l *lowering) postBranch(u *unit, x *ir.Tensor) (y, activated *ir.Tensor) {
	y = x
	for i, c := range u.convs {
		names := l.names.branch(u.unitNames, i)
		l.begin(u.unit, names.layer)
		y = l.conv(convSpec{Conv: c, unit: u.unit, site: names.kernel, out: names.out, role: "y"}, y)
		if i == len(u.convs)-1 {
			z := l.normalize(u.unit, names.norm, y)
			if l.net.BatchNorm.LastGamma == 0 {
				l.g.Norms[len(l.g.Norms)-1].Gamma.Init = ir.Zeros
			}
			return z, x
		}
		y = l.activate(u.unit, names.norm, activationField(names.norm), y)
	}
	return y, x
}

// branch adds a unit's convolutions, each behind a norm and an activation. It returns the last
// convolution's output, and the first's input.
func (l *lowering) branch(u *unit, x *ir.Tensor) (y, activated *ir.Tensor) {
	y = x
	for i, c := range u.convs {
		names := l.names.branch(u.unitNames, i)
		if i == len(u.convs)-1 {
			names.out = "yOut"
		}
		l.begin(u.unit, names.layer)
		a := l.activate(u.unit, names.norm, activationField(names.norm), y)
		if i == 0 {
			activated = a
		}
		y = l.conv(convSpec{Conv: c, unit: u.unit, site: names.kernel, out: names.out, role: "y"}, a)
	}
	return y, activated
}

// project adds the projection of a shortcut, with its norm if it has one, a layer of its own.
func (l *lowering) project(u *unit, x *ir.Tensor) *ir.Tensor {
	l.begin(u.unit, u.shortcut)
	y := l.conv(convSpec{Conv: u.shortcutConv, unit: u.unit, site: u.projection, out: "projected", role: "p"}, x)
	l.layer.Conv.Shortcut = true
	if u.shortcutNorm {
		return l.normalize(u.unit, u.norm, y)
	}
	return y
}

// pool adds the pool of a shortcut, which comes to the shape of the unit's branch.
func (l *lowering) pool(u *unit, x *ir.Tensor, to ir.Shape) *ir.Tensor {
	y := l.g.NewTensor(u.unit, "pooled", "p", to)
	l.add(&ir.Op{
		Kind: ir.OpPool, In: []*ir.Tensor{x}, Out: y, Name: u.unitNames.pool,
		Window: ir.Window{Kernel: u.window, Stride: u.shortcutConv.Stride},
	})
	return y
}

// head is the last activation, if units begin with one, the global average pool, the fully
// connected layer and the loss.
func (l *lowering) head(x *ir.Tensor) {
	names := l.names.head()
	l.begin(names.poolUnit, names.pool)
	a := x
	if !l.net.PostActivation() {
		a = l.activate(names.poolUnit, names.norm, activationField(names.norm), x)
	}
	pooled := l.g.NewTensor(names.poolUnit, "pooled", "p", ir.Shape{H: 1, W: 1, C: x.Shape.C})
	l.layer.In, l.layer.Out, l.layer.Output = x.Shape, pooled.Shape, pooled
	l.add(&ir.Op{Kind: ir.OpGlobalPool, In: []*ir.Tensor{a}, Out: pooled, Name: names.pool.name})

	unit, op := names.denseUnit, names.dense.name
	l.begin(unit, names.dense)
	logits := l.g.NewTensor(unit, "logits", "z", ir.Shape{H: 1, W: 1, C: l.g.Classes})
	weights, biases := classifierStart(l.net, pooled.Shape.C)
	c := &ir.Conv{
		Layer: l.layer, Unit: unit, Field: "dense", Dense: true, Kernel: 1, Stride: 1, In: pooled.Shape, Out: logits.Shape,
		Weights: l.variable(op, network.Weight, &ir.Variable{
			Shape: []int{pooled.Shape.C, l.g.Classes}, Trainable: true, Init: weights.init, Scale: weights.scale,
		}),
	}
	c.Bias = l.biases(unit, "biases", op, l.g.Classes, biases)
	l.g.Convs = append(l.g.Convs, c)
	l.g.Logits = logits
	l.layer.In, l.layer.Out, l.layer.Output, l.layer.Conv = pooled.Shape, logits.Shape, logits, c
	l.add(&ir.Op{Kind: ir.OpConv, In: []*ir.Tensor{pooled}, Out: logits, Conv: c, Name: op})
	l.addBias(c, logits)
	l.add(&ir.Op{Kind: ir.OpLoss, In: []*ir.Tensor{logits}, Out: l.g.NewTensor(unit, "dLogits", "dz", logits.Shape)})
}

// convSpec is what conv needs to know.
type convSpec struct {
	spec.Conv
	site
	unit      string
	out, role string // of the output's tensor
}

func (l *lowering) conv(s convSpec, x *ir.Tensor) *ir.Tensor {
	shape := ir.Shape{H: ceil(x.Shape.H, s.Stride), W: ceil(x.Shape.W, s.Stride), C: s.Out}
	y, from := l.g.NewTensor(s.unit, s.out, s.role, shape), convStart(l.net, s.Conv)
	c := &ir.Conv{
		Layer: l.layer, Unit: s.unit, Field: s.field, Kernel: s.Kernel, Stride: s.Stride, Symmetric: l.net.SymmetricPadding() && s.Kernel > 1, In: x.Shape, Out: shape,
		Weights: l.variable(s.op, network.Weight, &ir.Variable{
			Shape: []int{s.Kernel, s.Kernel, s.In, s.Out}, Trainable: true, Init: from.init, Scale: from.scale,
		}),
	}
	l.g.Convs = append(l.g.Convs, c)
	l.layer.In, l.layer.Out, l.layer.Output, l.layer.Conv = x.Shape, shape, y, c
	l.add(&ir.Op{Kind: ir.OpConv, In: []*ir.Tensor{x}, Out: y, Conv: c, Name: s.op})
	if l.net.Bias {
		c.Bias = l.biases(s.unit, s.field+"Biases", s.op, s.Out, start{init: ir.Zeros})
		l.addBias(c, y)
	}
	return y
}

// biases adds the biases of an operation, for so many channels.
func (l *lowering) biases(unit, field, op string, channels int, from start) *ir.Bias {
	return &ir.Bias{Unit: unit, Field: field, Variable: l.variable(op, network.Bias, &ir.Variable{
		Shape: []int{channels}, Trainable: true, Init: from.init, Scale: from.scale,
	})}
}

// addBias adds a convolution's biases to its output.
func (l *lowering) addBias(c *ir.Conv, y *ir.Tensor) {
	l.add(&ir.Op{Kind: ir.OpBias, In: []*ir.Tensor{y}, Out: y, Bias: c.Bias})
}

// activate adds leaky(norm(x)), whose tensor gets a name in the unit.
func (l *lowering) activate(unit string, norm site, out string, x *ir.Tensor) *ir.Tensor {
	return l.leaky(unit, out, norm.op, l.normalize(unit, norm, x))
}

// activationField names what is activated behind a norm.
func activationField(norm site) string { return "a" + ir.Capitalize(norm.field) }

// normalize adds the statistics of x, the norm's coefficients, and norm(x).
func (l *lowering) normalize(unit string, at site, x *ir.Tensor) *ir.Tensor {
	channels := []int{x.Shape.C}
	n := &ir.Norm{
		Unit: unit, Field: at.field, Scope: at.op, Shape: x.Shape,
		Beta:           l.variable(at.op, network.Beta, &ir.Variable{Shape: channels, Trainable: true, Init: ir.Zeros}),
		Gamma:          l.variable(at.op, network.Gamma, &ir.Variable{Shape: channels, Trainable: true, Init: ir.Ones}),
		MovingMean:     l.variable(at.op, network.MovingMean, &ir.Variable{Shape: channels, Init: ir.Zeros}),
		MovingVariance: l.variable(at.op, network.MovingVariance, &ir.Variable{Shape: channels, Init: ir.Ones}),
	}
	l.g.Norms = append(l.g.Norms, n)
	l.add(&ir.Op{Kind: ir.OpMoments, In: []*ir.Tensor{x}, Norm: n})
	l.add(&ir.Op{Kind: ir.OpFinish, Norm: n})
	z := l.g.NewTensor(unit, "z"+ir.Capitalize(at.field), "z", x.Shape)
	l.add(&ir.Op{Kind: ir.OpNormalize, In: []*ir.Tensor{x}, Out: z, Norm: n, Name: at.op})
	return z
}

// leaky adds the activation of z, a tensor with a name in the unit. Name is the operation's.
func (l *lowering) leaky(unit, out, name string, z *ir.Tensor) *ir.Tensor {
	a := l.g.NewTensor(unit, out, "a", z.Shape)
	l.add(&ir.Op{Kind: ir.OpActivate, In: []*ir.Tensor{z}, Out: a, Name: name})
	return a
}

func (l *lowering) begin(unit string, layer layerNames) {
	l.layer = &ir.Layer{Unit: unit, Name: layer.name, Part: layer.part}
	l.g.Layers = append(l.g.Layers, l.layer)
}

// variable adds an operation's variable, and names it by its role.
func (l *lowering) variable(op string, role network.Role, v *ir.Variable) *ir.Variable {
	v.Name = l.convention.Variable(op, role)
	v.Decayed = v.IsWeight() || v.Trainable && l.net.Train.DecayOn == "all"
	l.g.Variables = append(l.g.Variables, v)
	if v.Trainable {
		l.layer.Parameters += int64(v.Len())
	}
	return v
}

func (l *lowering) add(op *ir.Op) {
	op.Pass, op.Layer = ir.Forward, l.layer.Name
	l.g.Add(op)
}

func ceil(n, by int) int { return (n + by - 1) / by }
