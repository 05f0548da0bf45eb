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
	units     []unit
	variables []*Variable // in TensorFlow's order of creation
	byName    map[string]*Variable
	steps     *Tensor // training steps made, a scalar; nil unless the optimizer counts them
}

// unit is a residual unit: what its first unit's stage and its place decide.
type unit struct {
	scope    string // "unit_<stage>_<i>"
	in, out  int    // channels
	stride   int
	activate bool // activate_before_residual
}

// initNorm is the scope of the unit's first batch norm. The official code names it after what the
// activation is shared with.
func (u unit) initNorm(bottleneck bool) string {
	switch {
	case bottleneck && u.activate:
		return u.scope + "/common_bn_relu/init_bn"
	case bottleneck:
		return u.scope + "/residual_bn_relu/init_bn"
	case u.activate:
		return u.scope + "/shared_activation/init_bn"
	default:
		return u.scope + "/residual_only_activation/init_bn"
	}
}

// projects reports whether a bottleneck unit's shortcut is a convolution.
func (u unit) projects() bool { return u.in != u.out || u.stride != 1 }

// New returns the network of a valid spec. Weights are 0, gammas and moving variances 1, everything
// else 0: [Net.Randomize] or [Net.Assign] gives them other values.
func New(s *spec.Net) *Net {
	n := &Net{spec: s, byName: map[string]*Variable{}}
	if optimizers[s.Train.Optimizer].counts {
		n.steps = NewTensor()
	}
	n.declareWeight("init/init_conv/DW", 3, 3, s.Input.Channels, s.Filters[0])
	for stage, count := range s.Units {
		for i := range count {
			u := unit{
				scope: fmt.Sprintf("unit_%d_%d", stage+1, i),
				in:    s.Filters[stage+1], out: s.Filters[stage+1], stride: 1,
			}
			if i == 0 {
				u.in, u.stride, u.activate = s.Filters[stage], s.Strides[stage], s.ActivateBeforeResidual[stage]
			}
			n.units = append(n.units, u)
			n.declareUnit(u)
		}
	}
	last := s.Filters[len(s.Filters)-1]
	n.declareNorm("unit_last/final_bn", last)
	n.declareWeight("logit/DW", last, s.Classes)
	n.declare("logit/biases", true, NewTensor(s.Classes))
	return n
}

func (n *Net) declareUnit(u unit) {
	n.declareNorm(u.initNorm(n.spec.Bottleneck), u.in)
	if !n.spec.Bottleneck {
		n.declareWeight(u.scope+"/sub1/conv1/DW", 3, 3, u.in, u.out)
		n.declareNorm(u.scope+"/sub2/bn2", u.out)
		n.declareWeight(u.scope+"/sub2/conv2/DW", 3, 3, u.out, u.out)
		return
	}
	middle := u.out / 4
	n.declareWeight(u.scope+"/sub1/conv1/DW", 1, 1, u.in, middle)
	n.declareNorm(u.scope+"/sub2/bn2", middle)
	n.declareWeight(u.scope+"/sub2/conv2/DW", 3, 3, middle, middle)
	n.declareNorm(u.scope+"/sub3/bn3", middle)
	n.declareWeight(u.scope+"/sub3/conv3/DW", 1, 1, middle, u.out)
	if u.projects() {
		n.declareWeight(u.scope+"/sub_add/project/DW", 1, 1, u.in, u.out)
	}
}

func (n *Net) declareWeight(name string, shape ...int) { n.declare(name, true, NewTensor(shape...)) }

func (n *Net) declareNorm(scope string, channels int) {
	n.declare(scope+"/beta", true, NewTensor(channels))
	n.declare(scope+"/gamma", true, filled(1, channels))
	n.declare(scope+"/moving_mean", false, NewTensor(channels))
	n.declare(scope+"/moving_variance", false, filled(1, channels))
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
// same ones.
func (n *Net) Randomize(r *rand.Rand) {
	for _, v := range n.variables {
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
