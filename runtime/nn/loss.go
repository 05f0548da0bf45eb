package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// Loss is where a batch's losses are gathered, one element an image, and how they are computed.
type Loss struct {
	CrossEntropy []float64
	Correct      []float32 // 1 or 0
	Smoothing    float64   // of the labels; 0: none
}

// CrossEntropy computes the softmax cross entropy of one image's logits with its label, and its share
// of the gradient of a batch's mean:
//
//	loss = log Σ exp(z−m) − (z[label]−m),  m = max z
//	gradient = (softmax(z) − onehot(label)) · scale,  scale = 1/images
//
// The sum is taken in float64 in the order of the classes; exp is that of package f32.
func CrossEntropy(gradient, logits []float32, label int32, scale float64) (loss float64, correct bool) {
	best, logSum := softmax(gradient, logits, scale)
	gradient[label] = float32(float64(gradient[label]) - scale)
	return logSum - (float64(logits[label]) - float64(logits[best])), best == int(label)
}

// SmoothedCrossEntropy is [CrossEntropy] with a target that gives the label a share of 1−smoothing and spreads the
// rest evenly over all K classes:
//
//	loss = log Σ exp(z−m) − (1−smoothing)·(z[label]−m) − smoothing/K · Σ (z−m),  m = max z
//	gradient = (softmax(z) − (1−smoothing)·onehot(label) − smoothing/K) · scale
//
// Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, section 7.
func SmoothedCrossEntropy(gradient, logits []float32, label int32, smoothing, scale float64) (loss float64, correct bool) {
	best, logSum := softmax(gradient, logits, scale)
	highest := float64(logits[best])
	each := smoothing / float64(len(logits))
	rest, sum := float64(each*scale), 0.0
	for i, e := range gradient {
		gradient[i] = float32(float64(e) - rest)
		sum += float64(logits[i]) - highest
	}
	gradient[label] = float32(float64(gradient[label]) - float64((1-smoothing)*scale))
	own := float64(logits[label]) - highest
	return logSum - float64((1-smoothing)*own) - float64(each*sum), best == int(label)
}

// softmax computes gradient = softmax(logits) · scale. It returns the index of the largest logit m, of equals the
// lowest, and log Σ exp(z−m).
func softmax(gradient, logits []float32, scale float64) (best int, logSum float64) {
	for i, z := range logits {
		if z > logits[best] {
			best = i
		}
	}
	f32.ExpSub(gradient, logits, logits[best])
	sum := 0.0
	for _, e := range gradient {
		sum += float64(e)
	}
	k := scale / sum
	for i, e := range gradient {
		gradient[i] = float32(float64(e) * k)
	}
	return best, f32.Log(sum)
}

// Add records the loss of image i and computes its share of the gradient; see [CrossEntropy] and
// [SmoothedCrossEntropy].
func (l *Loss) Add(i int, gradient, logits []float32, label int32, scale float64) {
	loss, correct := 0.0, false
	if l.Smoothing == 0 {
		loss, correct = CrossEntropy(gradient, logits, label, scale)
	} else {
		loss, correct = SmoothedCrossEntropy(gradient, logits, label, l.Smoothing, scale)
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
