package eval

import (
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/nn"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// NewEvaluator evaluates by views of each image, in batches of info.EvalBatch.
func NewEvaluator(v recipe.Views, info *network.Info, net network.Network, set *dataset.Set) Evaluator {
	n, size := min(info.EvalBatch, set.Len()), set.Size()
	if v == (recipe.Views{}) {
		return NewPlainEvaluator(net, set, n)
	}
	b, all, views := input.NewBatch(n, size), make([]float32, n*info.Classes), v.List()
	gradient := make([]float32, info.Classes) // not needed
	return func(first, count int) (network.Metrics, []float32) {
		images, labels, mean := b.Images[:count*size], set.Labels[first:first+count], all[:count*info.Classes]
		clear(mean)
		weights, decay := float32(0), 0.0
		for _, v := range views {
			for i := range count {
				set.View(images[i*size:][:size], first+i, v.Top, v.Left, v.Mirrored)
			}
			if weights == 0 {
				m := net.Eval(images, labels)
				decay = m.Loss - m.CrossEntropy
			} else {
				net.Logits(images)
			}
			for i, z := range net.LastLogits() {
				mean[i] += float32(v.Weight * z)
			}
			weights += v.Weight
		}
		for i := range mean {
			mean[i] /= weights
		}
		m := network.Metrics{Images: count}
		for i, label := range labels {
			own, correct := nn.SmoothedCrossEntropy(gradient, mean[i*info.Classes:][:info.Classes], label, info.LabelSmoothing, 1)
			m.CrossEntropy += own
			if correct {
				m.Correct++
			}
		}
		m.CrossEntropy /= float64(count)
		m.Loss = m.CrossEntropy + decay
		return m, mean
	}
}
