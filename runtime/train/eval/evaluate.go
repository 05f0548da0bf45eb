// Package eval evaluates a network on the images of a set, by one or several views of each, in one
// process or shared by ranks.
package eval

import (
	"context"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// Sink takes the labels and logits, [n, classes], of a set's images from index first on.
type Sink func(first int, labels []int32, logits []float32)

// Discard is the Sink that drops them.
func Discard(int, []int32, []float32) {}

// Evaluator evaluates a batch of a set, count images from first on. It returns their logits, too,
// [count, classes], valid until the next call.
type Evaluator func(first, count int) (network.Metrics, []float32)

// Evaluate runs every image of a set through the network, by views of each, in the network's own
// batches. It returns the logits of all images, too, [n, classes], in the set's order. It ends with
// an error before the next batch if ctx is done.
func Evaluate(ctx context.Context, v recipe.Views, info *network.Info, net network.Network, set *dataset.Set) (m network.Metrics, logits []float32, err error) {
	logits = make([]float32, 0, set.Len()*info.Classes)
	m, whole := EvaluateSet(ctx, nil, set, min(info.EvalBatch, set.Len()), info.Classes, NewEvaluator(v, info, net, set), func(_ int, _ []int32, batch []float32) {
		logits = append(logits, batch...)
	})
	if !whole {
		return m, nil, fmt.Errorf("evaluate: %w", context.Cause(ctx))
	}
	return m, logits, nil
}

// EvaluateSet evaluates a set in batches of n, which the ranks share; each rank returns, and sees,
// the same. If ctx is done for any rank it ends before the next batch, and what it returns is not
// whole.
func EvaluateSet(ctx context.Context, g *distributed.Group, set *dataset.Set, n, classes int, evaluate Evaluator, sink Sink) (total network.Metrics, whole bool) {
	decay := 0.0
	add := func(first int, m network.Metrics, logits []float32) {
		sink(first, set.Labels[first:first+m.Images], logits)
		total.Images += m.Images
		total.Correct += m.Correct
		total.CrossEntropy += float64(m.CrossEntropy * float64(m.Images))
		decay = m.Loss - m.CrossEntropy
	}
	for first := 0; first < set.Len(); first += n * g.Size() {
		if g.Any(ctx.Err() != nil) {
			return total, false
		}
		if g == nil {
			m, logits := evaluate(first, min(n, set.Len()-first))
			add(first, m, logits)
			continue
		}
		evaluateRound(g, set, first, n, classes, evaluate, add)
	}
	total.CrossEntropy /= float64(total.Images)
	total.Loss = total.CrossEntropy + decay
	return total, true
}

// evaluateRound evaluates a batch on each rank, as far as the set has one for it, and adds them all
// up.
func evaluateRound(g *distributed.Group, set *dataset.Set, first, n, classes int, evaluate Evaluator, add func(int, network.Metrics, []float32)) {
	var m network.Metrics
	var logits []float32
	if own := first + n*g.Link.Rank(); own < set.Len() {
		m, logits = evaluate(own, min(n, set.Len()-own))
	}
	const numbers = 4
	own := make([]float64, numbers+n*classes)
	own[0], own[1], own[2], own[3] = float64(m.Images), float64(m.Correct), m.CrossEntropy, m.Loss
	for i, z := range logits {
		own[numbers+i] = float64(z)
	}
	all := g.Gather(own...)
	for rank := range g.Size() {
		of := all[rank*len(own):][:len(own)]
		m := network.Metrics{Images: int(of[0]), Correct: int(of[1]), CrossEntropy: of[2], Loss: of[3]}
		if m.Images == 0 {
			continue
		}
		logits := make([]float32, m.Images*classes)
		for i := range logits {
			logits[i] = float32(of[numbers+i])
		}
		add(first+rank*n, m, logits)
	}
}

// NewPlainEvaluator returns an Evaluator of the images themselves.
func NewPlainEvaluator(net network.Network, set *dataset.Set, n int) Evaluator {
	b := input.NewBatch(n, set.Size())
	return func(first, count int) (network.Metrics, []float32) {
		for i := range count {
			set.Eval(b.Images[i*set.Size():][:set.Size()], first+i)
		}
		m := net.Eval(b.Images[:count*set.Size()], set.Labels[first:first+count])
		return m, net.LastLogits()
	}
}
