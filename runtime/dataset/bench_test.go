package dataset

import "testing"

// BenchmarkTrain prepares training images of CIFAR's and of Fashion-MNIST's size.
func BenchmarkTrain(b *testing.B) {
	for name, set := range map[string]*Set{
		"32x32x3": {Height: 32, Width: 32, Channels: 3},
		"28x28x1": {Height: 28, Width: 28, Channels: 1},
	} {
		b.Run("image="+name, func(b *testing.B) {
			const images = 16
			set.Images, set.Labels = make([]byte, images*set.Size()), make([]int32, images)
			for i := range set.Images {
				set.Images[i] = byte(i * i)
			}
			dst := make([]float32, set.Size())
			for i := 0; b.Loop(); i++ {
				set.Train(dst, i%images, Augment{Pad: 2, Flip: "random"}, 1, i)
			}
		})
	}
}
