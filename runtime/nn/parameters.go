package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Parameters are all trainable variables of a network side by side, the weights first. Gradient has
// the same order, and so has each of the optimizer's Slots, in the order of abi.Optimizer.
type Parameters struct {
	Value, Gradient []float32
	Slots           [][]float32
	Weights         int // elements of the weights
	Decayed         int // elements that weight decay counts: the weights', or all
	squares         [abi.Groups]float64
}

// share returns the part's elements in whole cache lines.
func (p *Parameters) share(part par.Part) (first, end int) {
	r := part.Range(abi.PackBlocks(len(p.Value)))
	return r.First * abi.PackChannels, min(r.End*abi.PackChannels, len(p.Value))
}

// SumSquares sums the squares of the part's share of the decayed variables, for
// [Parameters.WeightDecayLoss]. The variables are cut into abi.Groups runs whatever the number of
// workers.
func (p *Parameters) SumSquares(part par.Part) {
	runs := part.Range(abi.Groups)
	for i := runs.First; i < runs.End; i++ {
		r := par.Part{Index: i, Of: abi.Groups}.Range(abi.PackBlocks(p.Decayed))
		p.squares[i] = f32.SumSquares(p.Value[r.First*abi.PackChannels : min(r.End*abi.PackChannels, p.Decayed)])
	}
}

// WeightDecayLoss returns decay · Σ ½v² over the decayed variables, as [Parameters.SumSquares] has
// summed them.
func (p *Parameters) WeightDecayLoss(decay float64) float64 {
	s := p.squares
	root := tree(abi.Groups, func(left, right int) { s[left] += s[right] })
	return decay * s[root] / 2
}

// AddDecayToNormsAndBiases adds decay·v, fused, to the gradients of the part's variables that are
// not weights: gammas, betas and biases. [Partials.Reduce] does so for weights.
func (p *Parameters) AddDecayToNormsAndBiases(decay float32, part par.Part) {
	first, end := p.share(part)
	first = min(max(first, p.Weights), end)
	f32.AddScaled(p.Gradient[first:end], p.Value[first:end], decay)
}
