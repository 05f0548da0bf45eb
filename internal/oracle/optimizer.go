package oracle

import "math"

// Slot is what an optimizer keeps of a variable. Suffix ends its name, which begins with the
// variable's.
type Slot struct {
	Suffix string
	Value  *Tensor
	square bool // never negative
}

// optimizers says of each optimizer what it keeps; whether a step depends on how many came before;
// and whether weight decay is no part of the loss.
var optimizers = map[string]struct {
	slots             []Slot
	counts, decouples bool
}{
	"sgd":      {},
	"mom":      {slots: []Slot{{Suffix: "/Momentum"}}},
	"nesterov": {slots: []Slot{{Suffix: "/Momentum"}}},
	"adamw":    {slots: []Slot{{Suffix: "/Adam"}, {Suffix: "/Adam_1", square: true}}, counts: true, decouples: true},
}

// update adds a trainable variable after the optimizer's step, and what the optimizer keeps of it,
// to after.
func (n *Net) update(v *Variable, g *Tensor, lr float64, after map[string]*Tensor) {
	train := &n.spec.Train
	kept := make([]*Tensor, len(v.Slots))
	switch train.Optimizer {
	case "mom":
		after[v.Name], kept[0] = Momentum(v.Value, v.Slots[0].Value, g, lr, train.Momentum)
	case "nesterov":
		after[v.Name], kept[0] = Nesterov(v.Value, v.Slots[0].Value, g, lr, train.Momentum)
	case "adamw":
		decay := 0.0
		if v.Decayed {
			decay = train.WeightDecay
		}
		a := Adam{LR: lr, Beta1: train.Adam.Beta1, Beta2: train.Adam.Beta2, Epsilon: train.Adam.Epsilon, WeightDecay: decay}
		after[v.Name], kept[0], kept[1] = a.Step(v.Value, v.Slots[0].Value, v.Slots[1].Value, g, n.steps.Data[0]+1)
	default:
		after[v.Name] = SGD(v.Value, g, lr)
	}
	for i, s := range v.Slots {
		after[v.Name+s.Suffix] = kept[i]
	}
}

// coupledDecay is the factor of weight decay in the loss.
func (n *Net) coupledDecay() float64 {
	if optimizers[n.spec.Train.Optimizer].decouples {
		return 0
	}
	return n.spec.Train.WeightDecay
}

// SGD returns v − lr·g.
func SGD(v, g *Tensor, lr float64) *Tensor {
	next := v.Clone()
	for i := range next.Data {
		next.Data[i] -= lr * g.Data[i]
	}
	return next
}

// Momentum returns the variable and the accumulator after a step of TensorFlow's momentum
// optimizer, in which the learning rate is not part of the accumulator: a ← momentum·a + g, v ← v −
// lr·a.
func Momentum(v, accumulator, g *Tensor, lr, momentum float64) (nextV, nextAccumulator *Tensor) {
	nextAccumulator = accumulate(accumulator, g, momentum)
	return SGD(v, nextAccumulator, lr), nextAccumulator
}

// Nesterov is [Momentum] with v ← v − lr·(g + momentum·a).
func Nesterov(v, accumulator, g *Tensor, lr, momentum float64) (nextV, nextAccumulator *Tensor) {
	nextAccumulator = accumulate(accumulator, g, momentum)
	return SGD(v, accumulate(nextAccumulator, g, momentum), lr), nextAccumulator
}

// accumulate returns momentum·a + g.
func accumulate(a, g *Tensor, momentum float64) *Tensor {
	next := g.Clone()
	for i := range next.Data {
		next.Data[i] += momentum * a.Data[i]
	}
	return next
}

// Adam are the constants of a step of AdamW.
type Adam struct{ LR, Beta1, Beta2, Epsilon, WeightDecay float64 }

// Step returns the variable, the mean gradient and the mean squared gradient after step t, counted
// from 1:
//
//	m ← beta1·m + (1−beta1)·g,  s ← beta2·s + (1−beta2)·g²
//	v ← v − lr·decay·v − lr·(m/(1−beta1^t)) / (√(s/(1−beta2^t)) + epsilon)
func (a Adam) Step(v, mean, square, g *Tensor, t float64) (nextV, nextMean, nextSquare *Tensor) {
	nextV, nextMean, nextSquare = v.Clone(), mean.Clone(), square.Clone()
	for i, x := range g.Data {
		m := a.Beta1*mean.Data[i] + (1-a.Beta1)*x
		s := a.Beta2*square.Data[i] + (1-a.Beta2)*x*x
		nextMean.Data[i], nextSquare.Data[i] = m, s
		unbiased := m / (1 - math.Pow(a.Beta1, t))
		root := math.Sqrt(s / (1 - math.Pow(a.Beta2, t)))
		nextV.Data[i] -= a.LR * (a.WeightDecay*v.Data[i] + unbiased/(root+a.Epsilon))
	}
	return nextV, nextMean, nextSquare
}
