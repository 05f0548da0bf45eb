package abi

import "slices"

// Optimizer describes an optimizer to the generator and the runtime. The generator writes the call
//
//	n.parameters.METHOD(n.rate, CONSTANTS…, part)
//
// with n.steps before part where the optimizer counts.
type Optimizer struct {
	Name           string   // in specs
	Description    string   // what moves the variables, in words
	Method         string   // of runtime/nn's Parameters
	Constants      []string // keys of the spec's train, as Method takes them
	CountsSteps    bool     // a step depends on how many came before it
	DecouplesDecay bool     // weight decay is no part of the loss and its gradients
	Slots          []Slot   // in the order of memory and checkpoints

	// For the documents: with g the gradient, lr the rate and v a variable.
	Equation, Source string
}

// Slot is an optimizer's state for each trainable variable, in the variable's shape.
type Slot struct {
	Suffix      string // of its tensor's name, which begins with the variable's: TensorFlow's
	Description string // what it holds, in words
	NonNegative bool   // a mean of squares
}

var momentumSlot = Slot{Suffix: "/Momentum", Description: "momentum"}

// optimizers has a row for each optimizer of a spec.
var optimizers = [...]Optimizer{
	{
		Name: "sgd", Description: "gradient descent", Method: "UpdateSGD",
		Equation: "v ← v − lr·g",
	},
	{
		Name: "mom", Description: "momentum", Method: "UpdateMomentum", Constants: []string{"momentum"},
		Slots:    []Slot{momentumSlot},
		Equation: "a ← momentum·a + g, v ← v − lr·a",
		Source:   "TensorFlow's momentum",
	},
	{
		Name: "nesterov", Description: "Nesterov's momentum", Method: "UpdateNesterov", Constants: []string{"momentum"},
		Slots:    []Slot{momentumSlot},
		Equation: "a ← momentum·a + g, v ← v − lr·(g + momentum·a), as `torch.optim.SGD` without dampening",
		Source:   `Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013`,
	},
	{
		Name: "adamw", Description: "Adam with decoupled weight decay", Method: "UpdateAdamW", Constants: []string{"adam"},
		CountsSteps: true, DecouplesDecay: true,
		Slots: []Slot{
			{Suffix: "/Adam", Description: "mean gradients"},
			{Suffix: "/Adam_1", Description: "mean squares", NonNegative: true},
		},
		Equation: "m ← beta1·m + (1−beta1)·g, s ← beta2·s + (1−beta2)·g², v ← v − lr·weight_decay·v − " +
			"lr·(m/(1−beta1ᵗ))/(√(s/(1−beta2ᵗ)) + epsilon) in step t from 1, as `torch.optim.AdamW`",
		Source: `Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019`,
	},
}

// Optimizers lists all optimizers.
func Optimizers() []Optimizer { return slices.Clone(optimizers[:]) }

// OptimizerNamed returns the optimizer of that name. For another name it is the zero Optimizer,
// without slots.
func OptimizerNamed(name string) Optimizer {
	for _, o := range optimizers {
		if o.Name == name {
			return o
		}
	}
	return Optimizer{}
}

// Slots lists the distinct slots of all optimizers.
func Slots() (slots []Slot) {
	for _, o := range optimizers {
		for _, s := range o.Slots {
			if !slices.Contains(slots, s) {
				slots = append(slots, s)
			}
		}
	}
	return slots
}
