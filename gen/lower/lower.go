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
// He et al., "Identity Mappings in Deep Residual Networks", 2016, in TensorFlow's official form.
func Lower(net *spec.Net) *ir.Graph {
	l := &lowering{g: &ir.Graph{
		Name:  net.Name,
		Input: ir.Shape{H: net.Input.Height, W: net.Input.Width, C: net.Input.Channels}, Classes: net.Classes,
		Batch: net.Train.Batch, EvalBatch: net.Eval.Batch,
		Leak: net.ReluLeakiness, Epsilon: net.BatchNorm.Epsilon, Decay: net.BatchNorm.Decay,
		Optimizer: abi.OptimizerNamed(net.Train.Optimizer), Momentum: net.Train.Momentum, WeightDecay: net.Train.WeightDecay,
		Smoothing: net.Train.LabelSmoothing, Algorithm: net.Algorithm, Recompute: net.Train.Recompute,
	}, decayAll: net.Train.DecayOn == "all"}
	x := l.stem(net)
	for stage, units := range net.Units {
		for i := range units {
			u := unit{
				scope: fmt.Sprintf("unit_%d_%d", stage+1, i),
				in:    x, out: net.Filters[stage+1], stride: 1,
			}
			if i == 0 {
				u.stride = net.Strides[stage]
				u.activateFirst = net.ActivateBeforeResidual[stage]
			}
			l.g.Units = append(l.g.Units, u.scope)
			if net.Bottleneck {
				x = l.bottleneck(u)
			} else {
				x = l.basic(u)
			}
		}
	}
	l.head(x)
	l.g.KeepForward()
	return l.g
}

// lowering builds a graph.
type lowering struct {
	g        *ir.Graph
	layer    *ir.Layer // the one that operations are added to
	decayAll bool      // all that is trained decays, not only weights
}

// unit is a residual unit to be built.
type unit struct {
	scope         string
	in            *ir.Tensor
	out           int // channels
	stride        int
	activateFirst bool
}

func (u unit) sameChannels() bool { return u.in.Shape.C == u.out }

func (l *lowering) stem(net *spec.Net) *ir.Tensor {
	l.begin("init", "init/init_conv")
	image := l.g.NewTensor("init", "image", "x", l.g.Input)
	l.add(&ir.Op{Kind: ir.OpImage, Out: image, Name: "init"})
	return l.conv(convSpec{unit: "init", field: "initConv", scope: "init/init_conv", kernel: 3, stride: 1, out: net.Filters[0]},
		image, l.g.NewTensor("init", "out", "y", ir.Shape{H: l.g.Input.H, W: l.g.Input.W, C: net.Filters[0]}))
}

// basic is the unit of two 3×3 convolutions.
func (l *lowering) basic(u unit) *ir.Tensor {
	scope := "residual_only_activation"
	if u.activateFirst {
		scope = "shared_activation"
	}
	l.begin(u.scope, u.scope+"/sub1")
	a1 := l.activate(u.scope, "initBN", scope+"/init_bn", u.in)
	y1 := l.sub(u, 1, a1, 3, u.stride, u.out)
	l.begin(u.scope, u.scope+"/sub2")
	a2 := l.activate(u.scope, "bn2", "sub2/bn2", y1)
	y2 := l.sub(u, 2, a2, 3, 1, u.out)

	shortcut := u.in
	if u.activateFirst {
		shortcut = a1
	}
	if !u.sameChannels() || u.stride != 1 {
		pooled := l.g.NewTensor(u.scope, "pooled", "p", y2.Shape)
		l.add(&ir.Op{Kind: ir.OpPool, In: []*ir.Tensor{shortcut}, Out: pooled, Stride: u.stride, Name: u.scope + "/sub_add"})
		shortcut = pooled
	}
	return l.sum(u, y2, shortcut)
}

// sum adds a unit's shortcut to its last convolution.
func (l *lowering) sum(u unit, y, shortcut *ir.Tensor) *ir.Tensor {
	out := l.g.NewTensor(u.scope, "out", "y", y.Shape)
	l.layer.Output = out
	l.add(&ir.Op{Kind: ir.OpAdd, In: []*ir.Tensor{y, shortcut}, Out: out, Name: u.scope + "/sub_add"})
	return out
}

// bottleneck is the unit of a 1×1, a 3×3 and a 1×1 convolution.
func (l *lowering) bottleneck(u unit) *ir.Tensor {
	scope := "residual_bn_relu"
	if u.activateFirst {
		scope = "common_bn_relu"
	}
	narrow := u.out / 4
	l.begin(u.scope, u.scope+"/sub1")
	a1 := l.activate(u.scope, "initBN", scope+"/init_bn", u.in)
	y1 := l.sub(u, 1, a1, 1, u.stride, narrow)
	l.begin(u.scope, u.scope+"/sub2")
	a2 := l.activate(u.scope, "bn2", "sub2/bn2", y1)
	y2 := l.sub(u, 2, a2, 3, 1, narrow)
	l.begin(u.scope, u.scope+"/sub3")
	a3 := l.activate(u.scope, "bn3", "sub3/bn3", y2)
	y3 := l.sub(u, 3, a3, 1, 1, u.out)
	last := l.layer

	shortcut := u.in
	if u.activateFirst {
		shortcut = a1
	}
	if !u.sameChannels() || u.stride != 1 {
		l.begin(u.scope, u.scope+"/sub_add/project")
		projected := l.g.NewTensor(u.scope, "projected", "p", y3.Shape)
		shortcut = l.conv(convSpec{unit: u.scope, field: "project", scope: u.scope + "/sub_add/project", kernel: 1, stride: u.stride, out: u.out}, shortcut, projected)
		l.layer.Conv.Shortcut = true
	}
	last.Output = l.sum(u, y3, shortcut)
	return last.Output
}

// sub is convolution i of a unit. To the last one's output the shortcut is added.
func (l *lowering) sub(u unit, i int, a *ir.Tensor, kernel, stride, out int) *ir.Tensor {
	field := fmt.Sprintf("sub%d", i)
	if out == u.out && (i == 3 || kernel == 3 && i == 2) {
		field = "yOut"
	}
	shape := ir.Shape{H: ceil(a.Shape.H, stride), W: ceil(a.Shape.W, stride), C: out}
	y := l.g.NewTensor(u.scope, field, "y", shape)
	return l.conv(convSpec{
		unit: u.scope, field: fmt.Sprintf("conv%d", i), scope: fmt.Sprintf("%s/sub%d/conv%d", u.scope, i, i),
		kernel: kernel, stride: stride, out: out,
	}, a, y)
}

// head is the last activation, the global average pool, the fully connected layer and the loss.
func (l *lowering) head(x *ir.Tensor) {
	l.begin("unit_last", "unit_last")
	a := l.activate("unit_last", "finalBN", "final_bn", x)
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
	unit, field, scope  string
	kernel, stride, out int
}

func (l *lowering) conv(s convSpec, x, y *ir.Tensor) *ir.Tensor {
	c := &ir.Conv{
		Layer: l.layer, Unit: s.unit, Field: s.field, Kernel: s.kernel, Stride: s.stride, In: x.Shape, Out: y.Shape,
		Weights: l.variable(&ir.Variable{
			Name: s.scope + "/DW", Shape: []int{s.kernel, s.kernel, x.Shape.C, s.out},
			Trainable: true, Init: ir.Normal, Scale: math.Sqrt(2 / float64(s.kernel*s.kernel*s.out)),
		}),
	}
	l.g.Convs = append(l.g.Convs, c)
	l.layer.In, l.layer.Out, l.layer.Output, l.layer.Conv = x.Shape, y.Shape, y, c
	l.add(&ir.Op{Kind: ir.OpConv, In: []*ir.Tensor{x}, Out: y, Conv: c, Name: s.scope})
	return y
}

// activate adds the statistics of x, the norm's coefficients, and leaky(norm(x)).
func (l *lowering) activate(unit, field, scope string, x *ir.Tensor) *ir.Tensor {
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
	z := l.g.NewTensor(unit, "z"+ir.Capital(field), "z", x.Shape)
	l.add(&ir.Op{Kind: ir.OpNormalize, In: []*ir.Tensor{x}, Out: z, Norm: n, Name: name})
	a := l.g.NewTensor(unit, "a"+ir.Capital(field), "a", x.Shape)
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
