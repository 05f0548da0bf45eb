package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/resnetgen/resnetgen/spec"
)

// Variable is a variable of a network.
type Variable struct {
	Name      string // TensorFlow's, scopes joined by "/"
	Trainable bool   // false: a moving average
	Decayed   bool   // counted in the weight-decay term
	Value     *Tensor
	Slots     []Slot // what the optimizer keeps of it, if it is trainable
}

// Net is a network in float64.
type Net struct {
	spec      *spec.Net
	variables []*Variable // in TensorFlow's order of creation
	byName    map[string]*Variable
	steps     *Tensor // training steps made, a scalar; nil unless the optimizer counts them
}

// New returns the network of a valid spec. Weights are 0, gammas and moving variances 1, everything
// else 0: [Net.Randomize] or [Net.Assign] gives them other values.
func New(s *spec.Net) *Net {
	n := &Net{spec: s, byName: map[string]*Variable{}}
	if optimizers[s.Train.Optimizer].counts {
		n.steps = NewTensor()
	}
	t := &tape{net: n, declares: true}
	t.network(newNode(NewTensor(0, s.Input.Height, s.Input.Width, s.Input.Channels))) // no image: no work
	return n
}

func (n *Net) declare(name string, trainable bool, value *Tensor) {
	decayed := trainable && (n.spec.Train.DecayOn == "all" || strings.Contains(name, "DW"))
	v := &Variable{Name: name, Trainable: trainable, Decayed: decayed, Value: value}
	if trainable {
		for _, s := range optimizers[n.spec.Train.Optimizer].slots {
			s.Value = NewTensor(value.Shape...)
			v.Slots = append(v.Slots, s)
		}
	}
	n.variables = append(n.variables, v)
	n.byName[name] = v
}

// Variables lists the variables, moving averages included, in TensorFlow's order of creation.
func (n *Net) Variables() []*Variable { return n.variables }

// Variable returns the variable of that name, or nil.
func (n *Net) Variable(name string) *Variable { return n.byName[name] }

// Tensors returns what a checkpoint holds: the values of all variables by name, what the optimizer
// keeps of each behind its name, such as "<variable>/Momentum", and "global_step" where the
// optimizer counts. The tensors are the network's own, not copies.
func (n *Net) Tensors() map[string]*Tensor {
	tensors := map[string]*Tensor{}
	for _, v := range n.variables {
		tensors[v.Name] = v.Value
		for _, s := range v.Slots {
			tensors[v.Name+s.Suffix] = s.Value
		}
	}
	if n.steps != nil {
		tensors[stepName] = n.steps
	}
	return tensors
}

// Assign copies values, named as [Net.Tensors] names them, into the network; [Result.After] is such
// a map. It panics where a name or a size is not the network's.
func (n *Net) Assign(values map[string]*Tensor) {
	own := n.Tensors()
	for name, v := range values {
		if own[name] == nil || len(own[name].Data) != len(v.Data) {
			panic(fmt.Sprintf("oracle: Assign: got %s of shape %v, which the network does not have", name, v.Shape))
		}
		copy(own[name].Data, v.Data)
	}
}

// Randomize gives every variable and accumulator a random value away from its start value, so that
// no term of the step is hidden by a 0 or a 1: weights normal with He's fan-out deviation
// sqrt(2/(k·k·out)), gammas in [0.5, 1.5), moving variances too, everything else small; some steps
// are behind it. All values are float32 numbers: float32 and float64 networks can start from the
// same ones. A norm whose gamma starts from 0 keeps it, with a beta of 0: then sums are exactly 0.
func (n *Net) Randomize(r *rand.Rand) {
	for _, v := range n.variables {
		if scope, ok := strings.CutSuffix(v.Name, "/gamma"); ok && v.Value.Data[0] == 0 {
			defer clear(v.Value.Data)
			defer clear(n.byName[scope+"/beta"].Value.Data)
		}
		draw := func() float64 { return 0.2 * r.NormFloat64() } // beta, moving_mean, biases
		switch {
		case len(v.Value.Shape) > 1:
			fanOut := len(v.Value.Data) / v.Value.Shape[len(v.Value.Shape)-2]
			draw = func() float64 { return math.Sqrt(2/float64(fanOut)) * r.NormFloat64() }
		case strings.HasSuffix(v.Name, "/gamma"), strings.HasSuffix(v.Name, "/moving_variance"):
			draw = func() float64 { return 0.5 + r.Float64() }
		}
		fill32(v.Value, draw)
		for _, s := range v.Slots {
			if s.square {
				fill32(s.Value, func() float64 { return 0.01 * (0.1 + r.Float64()) })
			} else {
				fill32(s.Value, func() float64 { return 0.05 * r.NormFloat64() })
			}
		}
	}
	if n.steps != nil {
		n.steps.Data[0] = float64(3 + r.IntN(20))
	}
}

func fill32(t *Tensor, draw func() float64) {
	for i := range t.Data {
		t.Data[i] = float64(float32(draw()))
	}
}
