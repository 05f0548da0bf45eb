package gen

import (
	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/gen/lower"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/spec"
)

// describe gathers what is known of a compiled network.
func describe(net *spec.Net, g, inference *ir.Graph) *network.Info {
	info := &network.Info{
		Name: net.Name, SpecHash: net.Hash(), Generator: Version,
		Input: sizes(g.Input), Mean: net.Standardize.Mean, Std: net.Standardize.Std, Preprocess: preprocessOf(net), Classes: g.Classes,
		Batch: g.Batch, EvalBatch: g.EvalBatch, Capacity: g.Capacity(),
		ArenaBytes: g.Plan.Size, ScratchBytes: g.Plan.ScratchBytes,
		TensorBytes: g.Plan.Peak, LiveBytes: g.Plan.LowerBound,
		InferBytes:  inference.Inference.Bytes + int64(inference.Inference.Workspace)*abi.Float32Bytes,
		LeastImages: leastImages(g), Leak: g.Leak, Epsilon: g.Epsilon,
		Optimizer: g.Optimizer.Name, Momentum: g.Momentum, WeightDecay: g.WeightDecay, LabelSmoothing: g.LabelSmoothing,

		Layers: make([]network.Layer, 0, len(g.Layers)), Ops: describeOps(g),
		Variables: make([]network.VariableInfo, 0, len(g.Variables)), Phases: make([]network.Phase, 0, len(g.Phases)),
		Buffers: make([]network.Buffer, 0, len(g.Plan.Regions)),
	}
	ops := info.LayerOps()
	for k, l := range g.Layers {
		row := network.Layer{
			Name: l.Name, Unit: l.Unit, Op: ops[k], In: sizes(l.In), Out: sizes(l.Out),
			Parameters: l.Parameters, MACs: l.MACs(), Offset: l.Output.Offset,
		}
		if l.Conv != nil {
			row.Algorithm = string(l.Conv.Algorithm)
		}
		info.Layers = append(info.Layers, row)
		info.Parameters += l.Parameters
		info.MACs += row.MACs
	}
	places, convention := placesOf(g), lower.Convention(net)
	for _, v := range g.Variables {
		info.Variables = append(info.Variables, network.VariableInfo{
			Name: v.Name, Shape: v.Shape, Layout: convention.Layout(len(v.Shape)), Op: places[v].op, Role: places[v].role, Trainable: v.Trainable, Decayed: v.Decayed,
			Init: initializers[v.Init], Scale: v.Scale,
		})
	}
	for _, p := range g.Phases {
		traffic := g.Traffic(p)
		info.Phases = append(info.Phases, network.Phase{
			Name: p.Name, Pass: string(p.Pass), FLOPs: p.FLOPs(),
			Products: p.Products(), Transformed: p.Transformed(), ImageBytes: traffic.Image, BatchBytes: traffic.Batch,
		})
	}
	for _, r := range g.Plan.Regions {
		b := network.Buffer{Name: r.Name, Bytes: r.Bytes, Offset: r.Offset, First: r.First, Last: r.Last}
		if r.Tensor != nil {
			shape := r.Tensor.Shape
			b.Shape = []int{g.Capacity(), shape.H, shape.W, shape.C}
		}
		info.Buffers = append(info.Buffers, b)
	}
	return info
}

// leastImages is how many images give each norm of an unbiased variance more than one value, 0
// where one image does.
func leastImages(g *ir.Graph) int {
	for _, n := range g.Norms {
		if g.Unbiased && n.Shape.Pixels() == 1 {
			return 2
		}
	}
	return 0
}

func preprocessOf(net *spec.Net) network.Preprocess {
	p := &net.Preprocess
	return network.Preprocess{Resize: p.Resize, Fit: p.Fit, Interpolation: p.Interpolation, Channels: p.Channels}
}

var initializers = map[ir.Initializer]network.Initializer{
	ir.Zeros: network.Zeros, ir.Ones: network.Ones, ir.Normal: network.Normal, ir.Uniform: network.Uniform,
}

func sizes(s ir.Shape) [3]int { return [3]int{s.H, s.W, s.C} }
