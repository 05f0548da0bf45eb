package nn

import "github.com/resnetgen/resnetgen/asm/f32"

// CrossEntropy computes the softmax cross entropy of one image's logits with its label, and its
// share of the gradient of a batch's mean:
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

// SmoothedCrossEntropy is [CrossEntropy] with a target that gives the label a share of 1−smoothing
// and spreads the rest evenly over all K classes:
//
//	loss = log Σ exp(z−m) − (1−smoothing)·(z[label]−m) − smoothing/K · Σ (z−m),  m = max z
//	gradient = (softmax(z) − (1−smoothing)·onehot(label) − smoothing/K) · scale
//
// Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016,
// section 7.
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

// softmax computes gradient = softmax(logits) · scale. It returns the index of the largest logit m,
// of equals the lowest, and log Σ exp(z−m).
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
