package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Loss is where a batch's losses are gathered, one element an image.
type Loss struct {
	CrossEntropy []float64
	Correct      []float32 // 1 or 0
}

// CrossEntropy computes the softmax cross entropy of one image's logits with its label, and its share
// of the gradient of a batch's mean:
//
//	loss = log Σ exp(z−m) − (z[label]−m),  m = max z
//	gradient = (softmax(z) − onehot(label)) · scale,  scale = 1/images
//
// The sum is taken in float64 in the order of the classes; exp is that of package f32.
func CrossEntropy(gradient, logits []float32, label int32, scale float64) (loss float64, correct bool) {
	best := 0
	for i, z := range logits {
		if z > logits[best] {
			best = i
		}
	}
	highest := logits[best]
	f32.ExpSub(gradient, logits, highest)
	sum := 0.0
	for _, e := range gradient {
		sum += float64(e)
	}
	k := scale / sum
	for i, e := range gradient {
		gradient[i] = float32(float64(e) * k)
	}
	own := float64(gradient[label]) - scale
	gradient[label] = float32(own)
	return f32.Log(sum) - (float64(logits[label]) - float64(highest)), best == int(label)
}

// Add records the loss of image i and computes its share of the gradient; see [CrossEntropy].
func (l *Loss) Add(i int, gradient, logits []float32, label int32, scale float64) {
	loss, correct := CrossEntropy(gradient, logits, label, scale)
	l.CrossEntropy[i] = loss
	l.Correct[i] = 0
	if correct {
		l.Correct[i] = 1
	}
}

// Metrics sums the losses of a batch of n images, by groups; decay is the weight-decay term.
func (l *Loss) Metrics(n int, decay float64) Metrics {
	var groups [abi.Groups]float64
	m := Metrics{Images: n}
	for g := range groups {
		r := GroupImages(n, g)
		for i := r.First; i < r.End; i++ {
			groups[g] += l.CrossEntropy[i]
			m.Correct += int(l.Correct[i])
		}
	}
	root := tree(n, func(left, right int) { groups[left] += groups[right] })
	m.CrossEntropy = groups[root] / float64(n)
	m.Loss = m.CrossEntropy + decay
	return m
}
