package train

import (
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// Views says what an evaluation sees of each image: test-time augmentation. The zero value is the image alone.
//
// An image's logits are then the mean, in float32, of those of its mirror, where Flip says so, and of it moved by up to Shift pixels in
// each direction, with zeros where nothing has been. A view that is moved by y and x weighs (Shift+1−|y|)·(Shift+1−|x|).
//
// Sources: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 4.1,
// which averages over mirrors and corners, but the softmax's output; Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", 2024,
// section 3.5, which averages logits of mirrors and of images moved by a pixel, of other weights.
type Views struct {
	Flip  bool `json:"flip,omitempty"`
	Shift int  `json:"shift,omitempty"`
}

// MaxShift is the largest Shift: an evaluation sees (2·Shift+1)² views of an image, or twice as many.
const MaxShift = 8

// view is one of an image's.
type view struct {
	top, left int
	mirrored  bool
	weight    float32
}

// list returns the views, the image itself first.
func (v Views) list() (views []view) {
	place := func(top, left int) {
		weight := float32((v.Shift + 1 - max(top, -top)) * (v.Shift + 1 - max(left, -left)))
		views = append(views, view{top, left, false, weight})
		if v.Flip {
			views = append(views, view{top, left, true, weight})
		}
	}
	place(0, 0)
	for top := -v.Shift; top <= v.Shift; top++ {
		for left := -v.Shift; left <= v.Shift; left++ {
			if top != 0 || left != 0 {
				place(top, left)
			}
		}
	}
	return views
}

// evaluator evaluates by these views of each image, in batches of info.EvalBatch.
func (v Views) evaluator(info *network.Info, net network.Network, set *dataset.Set) evaluator {
	n, size := min(info.EvalBatch, set.Len()), set.Size()
	if v == (Views{}) {
		return evaluateImages(net, set, n)
	}
	b, all, views := newBatch(n, size), make([]float32, n*info.Classes), v.list()
	gradient := make([]float32, info.Classes) // not needed
	return func(first, count int) (network.Metrics, []float32) {
		images, labels, mean := b.images[:count*size], set.Labels[first:first+count], all[:count*info.Classes]
		clear(mean)
		weights, decay := float32(0), 0.0
		for _, v := range views {
			for i := range count {
				set.View(images[i*size:][:size], first+i, v.top, v.left, v.mirrored)
			}
			if weights == 0 {
				m := net.Eval(images, labels)
				decay = m.Loss - m.CrossEntropy
			} else {
				net.Logits(images)
			}
			for i, z := range net.LastLogits() {
				mean[i] += float32(v.weight * z)
			}
			weights += v.weight
		}
		for i := range mean {
			mean[i] /= weights
		}
		m := network.Metrics{Images: count}
		for i, label := range labels {
			own, correct := nn.SmoothedCrossEntropy(gradient, mean[i*info.Classes:][:info.Classes], label, info.Smoothing, 1)
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
