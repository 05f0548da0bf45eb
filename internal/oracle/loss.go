package oracle

import (
	"fmt"
	"math"
)

// SoftmaxCrossEntropy returns the mean over the batch of −Σ target·log softmax(logits), natural
// logarithm. The target of a label is 1−smoothing, and each class has smoothing/classes besides.
// logits is [n, classes]; it panics where there are not n labels in [0, classes).
func SoftmaxCrossEntropy(logits *Tensor, labels []int, smoothing float64) float64 {
	n, classes := logits.Shape[0], logits.Shape[1]
	if len(labels) != n {
		panic(fmt.Sprintf("oracle: SoftmaxCrossEntropy: got %d labels, want %d", len(labels), n))
	}
	sum := 0.0
	for i, label := range labels {
		if label < 0 || label >= classes {
			panic(fmt.Sprintf("oracle: SoftmaxCrossEntropy: got label %d, want 0 to %d", label, classes-1))
		}
		row := logits.Data[i*classes : (i+1)*classes]
		total := logSumExp(row)
		sum += (1 - smoothing) * (total - row[label])
		for _, z := range row {
			sum += smoothing / float64(classes) * (total - z)
		}
	}
	return sum / float64(n)
}

// SoftmaxCrossEntropyBackward returns the gradient of [SoftmaxCrossEntropy] with respect to the
// logits: (softmax(logits) − target)/n.
func SoftmaxCrossEntropyBackward(logits *Tensor, labels []int, smoothing float64) *Tensor {
	n, classes := logits.Shape[0], logits.Shape[1]
	d := NewTensor(n, classes)
	for i, label := range labels {
		row := logits.Data[i*classes : (i+1)*classes]
		total := logSumExp(row)
		for k, v := range row {
			d.Data[i*classes+k] = (math.Exp(v-total) - smoothing/float64(classes)) / float64(n)
		}
		d.Data[i*classes+label] -= (1 - smoothing) / float64(n)
	}
	return d
}

// logSumExp returns log Σ exp(v). The largest value is taken out first, so that nothing overflows.
func logSumExp(row []float64) float64 {
	largest := math.Inf(-1)
	for _, v := range row {
		largest = max(largest, v)
	}
	sum := 0.0
	for _, v := range row {
		sum += math.Exp(v - largest)
	}
	return largest + math.Log(sum)
}

// HalfSquaredNorm returns ½ Σ v², what weight decay adds to the loss for each decayed variable; its
// gradient is the variable itself.
func HalfSquaredNorm(v *Tensor) float64 {
	sum := 0.0
	for _, x := range v.Data {
		sum += x * x
	}
	return sum / 2
}
