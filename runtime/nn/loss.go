package nn

import (
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Loss is the losses of a batch's images, and how they are computed.
type Loss struct {
	CrossEntropy   []float64
	Correct        []float32 // 1 or 0
	LabelSmoothing float64   // 0: none
}

// Add records the loss of image i and computes its share of the gradient; see [CrossEntropy] and
// [SmoothedCrossEntropy].
func (l *Loss) Add(i int, gradient, logits []float32, label int32, scale float64) {
	loss, correct := 0.0, false
	if l.LabelSmoothing == 0 {
		loss, correct = CrossEntropy(gradient, logits, label, scale)
	} else {
		loss, correct = SmoothedCrossEntropy(gradient, logits, label, l.LabelSmoothing, scale)
	}
	l.CrossEntropy[i] = loss
	l.Correct[i] = 0
	if correct {
		l.Correct[i] = 1
	}
}

// Metrics sums the losses of a batch, by groups; decay is the weight-decay term.
func (l *Loss) Metrics(b *Batch, decay float64) network.Metrics {
	var groups [abi.Groups]struct{ loss, correct float64 }
	own := b.groups()
	for g := own.First; g < own.End; g++ {
		r := GroupImages(b.N, g)
		for i := r.First; i < r.End; i++ {
			groups[g].loss += l.CrossEntropy[i]
			groups[g].correct += float64(l.Correct[i])
		}
	}
	join := func(left, right int) {
		groups[left].loss += groups[right].loss
		groups[left].correct += groups[right].correct
	}
	root := subtree(b.N, own.First, own.End, 1, join)
	if r := b.ranks; r != nil {
		own, all := r.numbers(2)
		own[0], own[1] = groups[root].loss, groups[root].correct
		r.link.Gather(all, own)
		for rank := range r.link.Size() {
			groups[rank*r.of].loss, groups[rank*r.of].correct = all[2*rank], all[2*rank+1]
		}
		root = r.treeOverRanks(b.N, join)
	}
	m := network.Metrics{Images: b.N, CrossEntropy: groups[root].loss / float64(b.N), Correct: int(groups[root].correct)}
	m.Loss = m.CrossEntropy + decay
	return m
}
