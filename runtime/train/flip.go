package train

import (
	"slices"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// EvaluateAs evaluates with the network's own batch, as [Evaluate] or, with flip, as [evaluateFlipped]. It returns the logits of
// all images, too, [n, classes], in the set's order.
func EvaluateAs(flip bool, info *nn.Info, net nn.Network, set *dataset.Set) (m nn.Metrics, logits []float32) {
	logits = make([]float32, 0, set.Len()*info.Classes)
	m = evaluateAs(flip, info, net, set, func(_ int, _ []int32, batch []float32) { logits = append(logits, batch...) })
	return m, logits
}

// evaluateAs is EvaluateAs that shows the labels and logits of each batch.
func evaluateAs(flip bool, info *nn.Info, net nn.Network, set *dataset.Set, see sight) nn.Metrics {
	if flip {
		return evaluateFlipped(info, net, set, see)
	}
	return evaluateEach(net, set, info.EvalBatch, see)
}

// evaluateFlipped is [Evaluate] with test-time augmentation by a mirror: losses and hits are those of the mean, in
// float32, of an image's logits and its mirror's.
//
// Source: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012,
// section 4.1, which averages over mirrors, too, of the softmax's output.
func evaluateFlipped(info *nn.Info, net nn.Network, set *dataset.Set, see sight) nn.Metrics {
	n, size := min(info.EvalBatch, set.Len()), set.Size()
	b := newBatch(n, size)
	gradient := make([]float32, info.Classes) // not needed
	total := nn.Metrics{Images: set.Len()}
	decay, loss := 0.0, 0.0
	for first := 0; first < set.Len(); first += n {
		count := min(n, set.Len()-first)
		images, labels := b.images[:count*size], b.labels[:count]
		for i := range count {
			set.Eval(images[i*size:][:size], first+i)
			labels[i] = set.Labels[first+i]
		}
		m := net.Eval(images, labels)
		decay = m.Loss - m.CrossEntropy
		mean := slices.Clone(net.LastLogits())
		for i := range count {
			set.Mirror(images[i*size:][:size])
		}
		for i, z := range net.Logits(images) {
			mean[i] = (mean[i] + z) / 2
		}
		see(first, labels, mean)
		for i, label := range labels {
			own, correct := nn.SmoothedCrossEntropy(gradient, mean[i*info.Classes:][:info.Classes], label, info.Smoothing, 1)
			loss += own
			if correct {
				total.Correct++
			}
		}
	}
	total.CrossEntropy = loss / float64(total.Images)
	total.Loss = total.CrossEntropy + decay
	return total
}
