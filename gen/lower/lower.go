// Package lower turns a spec into the graph of its forward pass, with every shape inferred.
package lower

import (
	"fmt"
	"math"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/spec"
)

// Lower returns the forward pass of a valid spec: the pre-activation residual network of
// He et al., "Identity Mappings in Deep Residual Networks", 2016, in TensorFlow's official form, or
// the post-activation one of He et al., "Deep Residual Learning for Image Recognition", 2015.
func Lower(net *spec.Net) *ir.Graph {
	l := &lowering{g: &ir.Graph{
		Name:  net.Name,
		Input: ir.Shape{H: net.Input.Height, W: net.Input.Width, C: net.Input.Channels}, Classes: net.Classes,
		Batch: net.Train.Batch, EvalBatch: net.Eval.Batch,
		Leak: net.ReluLeakiness, LeakAtZero: net.LeakAtZero(), Epsilon: net.BatchNorm.Epsilon, BNDecay: net.BatchNorm.Decay, Unbiased: net.UnbiasedVariance(),
		Optimizer: abi.OptimizerNamed(net.Train.Optimizer), Momentum: net.Train.Momentum, WeightDecay: net.Train.WeightDecay,
		LabelSmoothing: net.Train.LabelSmoothing, Algorithm: net.Algorithm, Recompute: net.Train.Recompute,
	}, decayAll: net.Train.DecayOn == "all", post: net.PostActivation(), symmetric: net.SymmetricPadding(), lastGamma: net.BatchNorm.LastGamma}
	x := l.stem(net)
	for stage, units := range net.Units {
		for i := range units {
			x = l.unit(unitOf(net, stage, i), x)
		}
	}
	l.head(x)
	l.g.KeepForward()
	return l.g
}

// lowering builds a graph.
type lowering struct {
	g         *ir.Graph
	layer     *ir.Layer // the one that operations are added to
	decayAll  bool      // all that is trained decays, not only weights
	post      bool      // units and stem activate behind their convolutions
	symmetric bool      // padding is the same on each side
	lastGamma int       // that the last norm of a unit starts from
}

// unit is a residual unit to be built.
type unit struct {
	scope         string
	convs         []spec.Conv // of its branch
	bottleneck    bool
	projects      bool      // the shortcut is a convolution, else a pool
	norm          bool      // behind that convolution
	projection    spec.Conv // of a shortcut; a pool has its stride
	window        int       // of a pool
	activateFirst bool      // the shortcut begins behind the first activation
}

func unitOf(net *spec.Net, stage, i int) *unit {
	projection := net.Projection(stage, i)
	return &unit{
		scope: fmt.Sprintf("unit_%d_%d", stage+1, i), convs: net.UnitConvs(stage, i), bottleneck: net.Bottleneck,
		projects: net.Projects(), norm: net.ShortcutNorm(), projection: projection, window: net.ShortcutWindow(projection.Stride),
		activateFirst: i == 0 && net.ActivateBeforeResidual[stage],
	}
}

// firstScope is TensorFlow's scope of a unit's first norm.
func (u *unit) firstScope() string {
	switch {
	case u.bottleneck && u.activateFirst:
		return "common_bn_relu"
	case u.bottleneck:
		return "residual_bn_relu"
	case u.activateFirst:
		return "shared_activation"
	}
	return "residual_only_activation"
}

func (l *lowering) stem(net *spec.Net) *ir.Tensor {
	l.begin("init", "init/init_conv")
	image := l.g.NewTensor("init", "image", "x", l.g.Input)
	l.add(&ir.Op{Kind: ir.OpImage, Out: image, Name: "init"})
	kernel, stride := net.StemPool()
	pooled := stride > 0
	c := convSpec{
		Conv: net.StemConv(), unit: "init", field: "initConv", scope: "init/init_conv",
		out: "out", role: "y",
	}
	if l.post || pooled {
		c.out = "y"
	}
	x := l.conv(c, image)
	switch {
	case l.post && pooled:
		x = l.activate("init", "initBN", "init_bn", "aInitBN", x)
	case l.post:
		return l.activate("init", "initBN", "init_bn", "out", x)
	case !pooled:
		return x
	}
	return l.maxPool(ir.Window{Kernel: kernel, Stride: stride, Symmetric: l.symmetric}, x)
}

// maxPool adds the stem's max pool, a layer of its own, whose output is the stem's.
func (l *lowering) maxPool(w ir.Window, x *ir.Tensor) *ir.Tensor {
	conv := l.layer
	l.begin("init", "init/pool")
	shape := ir.Shape{H: ceil(x.Shape.H, w.Stride), W: ceil(x.Shape.W, w.Stride), C: x.Shape.C}
	y := l.g.NewTensor("init", "out", "y", shape)
	l.layer.In, l.layer.Out, l.layer.Output, conv.Output = x.Shape, shape, y, y
	l.add(&ir.Op{Kind: ir.OpMaxPool, In: []*ir.Tensor{x}, Out: y, Window: w, Name: "init/pool"})
	return y
}

// unit adds a residual unit: its branch, its shortcut, and their sum, which is the output of the
// branch's last layer.
func (l *lowering) unit(u *unit, x *ir.Tensor) *ir.Tensor {
	l.g.Units = append(l.g.Units, u.scope)
	branch := l.branch
	if l.post {
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
	if l.post {
		field = "sum"
	}
	out := l.g.NewTensor(u.scope, field, "y", y.Shape)
	l.add(&ir.Op{Kind: ir.OpAdd, In: []*ir.Tensor{y, shortcut}, Out: out, Name: u.scope + "/sub_add"})
	if l.post {
		out = l.leaky(u.scope, "out", u.scope+"/sub_add", out)
	}
	last.Output, l.layer.Output = out, out
	return out
}

// postBranch adds a unit's convolutions, each before a norm, and activations between them. It
// returns the last norm's output.
func (l *lowering) postBranch(u *unit, x *ir.Tensor) (y, activated *ir.Tensor) {
	y = x
	for i, c := range u.convs {
		sub, bn, conv := fmt.Sprintf("sub%d", i+1), fmt.Sprintf("bn%d", i+1), fmt.Sprintf("conv%d", i+1)
		l.begin(u.scope, u.scope+"/"+sub)
		y = l.conv(convSpec{
			Conv: c, unit: u.scope, field: conv, scope: l.layer.Name + "/" + conv,
			out: sub, role: "y",
		}, y)
		if i == len(u.convs)-1 {
			z := l.normalize(u.scope, bn, sub+"/"+bn, y)
			if l.lastGamma == 0 {
				l.g.Norms[len(l.g.Norms)-1].Gamma.Init = ir.Zeros
			}
			return z, x
		}
		y = l.activate(u.scope, bn, sub+"/"+bn, "a"+ir.Capitalize(bn), y)
	}
	return y, x
}

// branch adds a unit's convolutions, each behind a norm and an activation. It returns the last
// convolution's output, and the first's input.
func (l *lowering) branch(u *unit, x *ir.Tensor) (y, activated *ir.Tensor) {
	y = x
	for i, c := range u.convs {
		sub := fmt.Sprintf("sub%d", i+1)
		field, norm, out := fmt.Sprintf("bn%d", i+1), fmt.Sprintf("%s/bn%d", sub, i+1), sub
		if i == 0 {
			field, norm = "initBN", u.firstScope()+"/init_bn"
		}
		if i == len(u.convs)-1 {
			out = "yOut"
		}
		l.begin(u.scope, u.scope+"/"+sub)
		a := l.activate(u.scope, field, norm, "a"+ir.Capitalize(field), y)
		if i == 0 {
			activated = a
		}
		conv := fmt.Sprintf("conv%d", i+1)
		y = l.conv(convSpec{
			Conv: c, unit: u.scope, field: conv, scope: l.layer.Name + "/" + conv,
			out: out, role: "y",
		}, a)
	}
	return y, activated
}

// project adds the projection of a shortcut, with its norm if it has one, a layer of its own.
func (l *lowering) project(u *unit, x *ir.Tensor) *ir.Tensor {
	name := u.scope + "/sub_add/project"
	l.begin(u.scope, name)
	y := l.conv(convSpec{
		Conv: u.projection, unit: u.scope, field: "project", scope: name,
		out: "projected", role: "p",
	}, x)
	l.layer.Conv.Shortcut = true
	if u.norm {
		return l.normalize(u.scope, "projectBN", "sub_add/project_bn", y)
	}
	return y
}

// pool adds the pool of a shortcut, which comes to the shape of the unit's branch.
func (l *lowering) pool(u *unit, x *ir.Tensor, to ir.Shape) *ir.Tensor {
	y := l.g.NewTensor(u.scope, "pooled", "p", to)
	l.add(&ir.Op{
		Kind: ir.OpPool, In: []*ir.Tensor{x}, Out: y, Name: u.scope + "/sub_add",
		Window: ir.Window{Kernel: u.window, Stride: u.projection.Stride},
	})
	return y
}

// head is the last activation, if units begin with one, the global average pool, the fully
// connected layer and the loss.
func (l *lowering) head(x *ir.Tensor) {
	l.begin("unit_last", "unit_last")
	a := x
	if !l.post {
		a = l.activate("unit_last", "finalBN", "final_bn", "aFinalBN", x)
	}
	pooled := l.g.NewTensor("unit_last", "pooled", "p", ir.Shape{H: 1, W: 1, C: x.Shape.C})
	l.layer.In, l.layer.Out, l.layer.Output = x.Shape, pooled.Shape, pooled
	l.add(&ir.Op{Kind: ir.OpGlobalPool, In: []*ir.Tensor{a}, Out: pooled, Name: "unit_last"})

	l.begin("logit", "logit")
	logits := l.g.NewTensor("logit", "logits", "z", ir.Shape{H: 1, W: 1, C: l.g.Classes})
	c := &ir.Conv{
		Layer: l.layer, Unit: "logit", Field: "dense", Dense: true, Kernel: 1, Stride: 1, In: pooled.Shape, Out: logits.Shape,
		Weights: l.variable(&ir.Variable{
			Name: "logit/DW", Shape: []int{pooled.Shape.C, l.g.Classes},
			Trainable: true, Init: ir.Uniform, Scale: math.Sqrt(3 / float64(pooled.Shape.C)),
		}),
	}
	l.g.Bias = &ir.Bias{Unit: "logit", Variable: l.variable(&ir.Variable{Name: "logit/biases", Shape: []int{l.g.Classes}, Trainable: true, Init: ir.Zeros})}
	l.g.Convs = append(l.g.Convs, c)
	l.g.Logits = logits
	l.layer.In, l.layer.Out, l.layer.Output, l.layer.Conv = pooled.Shape, logits.Shape, logits, c
	l.add(&ir.Op{Kind: ir.OpConv, In: []*ir.Tensor{pooled}, Out: logits, Conv: c, Name: "logit"})
	l.add(&ir.Op{Kind: ir.OpBias, In: []*ir.Tensor{logits}, Out: logits, Bias: l.g.Bias})
	l.add(&ir.Op{Kind: ir.OpLoss, In: []*ir.Tensor{logits}, Out: l.g.NewTensor("logit", "dLogits", "dz", logits.Shape)})
}

// convSpec is what conv needs to know.
type convSpec struct {
	spec.Conv
	unit, field, scope string
	out, role          string // of the output's tensor
}

func (l *lowering) conv(s convSpec, x *ir.Tensor) *ir.Tensor {
	shape := ir.Shape{H: ceil(x.Shape.H, s.Stride), W: ceil(x.Shape.W, s.Stride), C: s.Out}
	y := l.g.NewTensor(s.unit, s.out, s.role, shape)
	c := &ir.Conv{
		Layer: l.layer, Unit: s.unit, Field: s.field, Kernel: s.Kernel, Stride: s.Stride, Symmetric: l.symmetric && s.Kernel > 1, In: x.Shape, Out: shape,
		Weights: l.variable(&ir.Variable{
			Name: s.scope + "/DW", Shape: []int{s.Kernel, s.Kernel, s.In, s.Out},
			Trainable: true, Init: ir.Normal, Scale: math.Sqrt(2 / float64(s.Kernel*s.Kernel*s.Out)),
		}),
	}
	l.g.Convs = append(l.g.Convs, c)
	l.layer.In, l.layer.Out, l.layer.Output, l.layer.Conv = x.Shape, shape, y, c
	l.add(&ir.Op{Kind: ir.OpConv, In: []*ir.Tensor{x}, Out: y, Conv: c, Name: s.scope})
	return y
}

// activate adds leaky(norm(x)), whose tensor gets a name in the unit.
func (l *lowering) activate(unit, field, scope, out string, x *ir.Tensor) *ir.Tensor {
	return l.leaky(unit, out, unit+"/"+scope, l.normalize(unit, field, scope, x))
}

// normalize adds the statistics of x, the norm's coefficients, and norm(x).
func (l *lowering) normalize(unit, field, scope string, x *ir.Tensor) *ir.Tensor {
	name := unit + "/" + scope
	channels := []int{x.Shape.C}
	n := &ir.Norm{
		Unit: unit, Field: field, Scope: name, Shape: x.Shape,
		Beta:           l.variable(&ir.Variable{Name: name + "/beta", Shape: channels, Trainable: true, Init: ir.Zeros}),
		Gamma:          l.variable(&ir.Variable{Name: name + "/gamma", Shape: channels, Trainable: true, Init: ir.Ones}),
		MovingMean:     l.variable(&ir.Variable{Name: name + "/moving_mean", Shape: channels, Init: ir.Zeros}),
		MovingVariance: l.variable(&ir.Variable{Name: name + "/moving_variance", Shape: channels, Init: ir.Ones}),
	}
	l.g.Norms = append(l.g.Norms, n)
	l.add(&ir.Op{Kind: ir.OpMoments, In: []*ir.Tensor{x}, Norm: n})
	l.add(&ir.Op{Kind: ir.OpFinish, Norm: n})
	z := l.g.NewTensor(unit, "z"+ir.Capitalize(field), "z", x.Shape)
	l.add(&ir.Op{Kind: ir.OpNormalize, In: []*ir.Tensor{x}, Out: z, Norm: n, Name: name})
	return z
}

// leaky adds the activation of z, a tensor with a name in the unit. Name is the operation's.
func (l *lowering) leaky(unit, out, name string, z *ir.Tensor) *ir.Tensor {
	a := l.g.NewTensor(unit, out, "a", z.Shape)
	l.add(&ir.Op{Kind: ir.OpActivate, In: []*ir.Tensor{z}, Out: a, Name: name})
	return a
}

func (l *lowering) begin(unit, layer string) {
	l.layer = &ir.Layer{Unit: unit, Name: layer}
	l.g.Layers = append(l.g.Layers, l.layer)
}

func (l *lowering) variable(v *ir.Variable) *ir.Variable {
	v.Decayed = v.IsWeight() || v.Trainable && l.decayAll
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
