// Package fakenet is a softmax regression that offers what a generated network does, for tests of
// the trainer's kit: small, exact to the bit, and with one moving average.
package fakenet

import (
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// Height, Width and Classes are the network's sizes; its images have one channel.
const (
	Height, Width = 4, 3
	Classes       = 3
	pixels        = Height * Width
)

// Info describes the network.
var Info = network.Info{
	Name: "fake", SpecHash: "5fec", Generator: "test", Input: [3]int{Height, Width, 1}, Classes: Classes,
	Batch: 4, EvalBatch: 5, Capacity: 5, Parameters: pixels*Classes + Classes, MACs: pixels * Classes,
	ArenaBytes: 1000, ScratchBytes: 10, Optimizer: "mom", Momentum: 0.9, Epsilon: 0.001,
	Layers: []network.Layer{{Name: "logit", Op: "fully connected", In: [3]int{1, 1, pixels}, Out: [3]int{1, 1, Classes}, Parameters: pixels*Classes + Classes, MACs: pixels * Classes}},
	Ops: []network.Op{
		0: {Kind: network.Image, Name: "init", Out: [3]int{1, 1, pixels}},
		1: {Kind: network.Dense, Name: "logit", In: []int{0}, Out: [3]int{1, 1, Classes}},
	},
	Variables: []network.VariableInfo{
		{Name: "logit/DW", Shape: []int{pixels, Classes}, Op: 1, Trainable: true, Decayed: true, Init: network.Uniform, Scale: 0.5},
		{Name: "logit/biases", Shape: []int{Classes}, Op: 1, Role: network.Bias, Trainable: true, Init: network.Zeros},
		{Name: "unit_last/moving_mean", Shape: []int{1}, Op: 1, Role: network.MovingMean, Init: network.Zeros},
	},
	Phases: []network.Phase{{
		Name: "logit", Pass: "forward",
		FLOPs: 2 * pixels * Classes, Products: 2 * pixels * Classes, ImageBytes: 96, BatchBytes: 616,
	}},
	TensorBytes: 60, LiveBytes: 60,
	Buffers: []network.Buffer{
		{Name: "variables", Bytes: 940},
		{Name: "logit/logits", Shape: []int{5, 1, 1, Classes}, Bytes: 60, Offset: 940},
	},
}

// Net is the network.
type Net struct {
	variables []network.Variable
	logits    []float32
	profile   *network.Profile
	threads   int
	Closed    bool
}

// New returns the network with all variables 0.
func New(o network.Options) *Net {
	n := &Net{threads: max(o.Threads, 1)}
	for _, info := range Info.Variables {
		v := network.Variable{VariableInfo: info, Value: make([]float32, info.Elements())}
		if info.Trainable {
			v.Gradient = make([]float32, len(v.Value))
			v.Slots = []network.Slot{{Name: v.Name + "/Momentum", Value: make([]float32, len(v.Value))}}
		}
		n.variables = append(n.variables, v)
	}
	return n
}

// forward computes the logits, the loss, and the gradients of both variables.
func (n *Net) forward(images []float32, labels []int32) network.Metrics {
	weights, biases := n.variables[0], n.variables[1]
	clear(weights.Gradient)
	clear(biases.Gradient)
	count := len(images) / pixels
	n.logits = n.logits[:0]
	m := network.Metrics{Images: count}
	for i := range count {
		x := images[i*pixels:][:pixels]
		z := make([]float32, Classes)
		for c := range z {
			z[c] = biases.Value[c]
			for p, v := range x {
				z[c] += v * weights.Value[p*Classes+c]
			}
		}
		n.logits = append(n.logits, z...)
		if labels == nil {
			continue
		}
		g := make([]float32, Classes)
		loss, correct := nn.CrossEntropy(g, z, labels[i], 1/float64(count))
		m.CrossEntropy += loss / float64(count)
		if correct {
			m.Correct++
		}
		for c := range g {
			biases.Gradient[c] += g[c]
			for p, v := range x {
				weights.Gradient[p*Classes+c] += v * g[c]
			}
		}
	}
	m.Loss = m.CrossEntropy
	return m
}

// TrainStep is network.Network's.
func (n *Net) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	m := n.forward(images, labels)
	for _, v := range n.variables[:2] {
		momentum := v.Slots[0].Value
		for i, g := range v.Gradient {
			momentum[i] = 0.9*momentum[i] + g
			v.Value[i] -= rate * momentum[i]
		}
	}
	n.variables[2].Value[0] += 1
	if n.profile != nil {
		n.profile.Nanoseconds[0] += 1000
		n.profile.Steps++
	}
	return m
}

// Eval is network.Network's.
func (n *Net) Eval(images []float32, labels []int32) network.Metrics {
	return n.forward(images, labels)
}

// Logits is network.Network's.
func (n *Net) Logits(images []float32) []float32 {
	n.forward(images, nil)
	return n.logits
}

// LastLogits is network.Network's.
func (n *Net) LastLogits() []float32 { return n.logits }

// Variables is network.Network's.
func (n *Net) Variables() []network.Variable { return n.variables }

// Profile is network.Network's.
func (n *Net) Profile(p *network.Profile) { n.profile = p }

// Threads is network.Network's.
func (n *Net) Threads() int { return n.threads }

// Close is network.Network's.
func (n *Net) Close() { n.Closed = true }
