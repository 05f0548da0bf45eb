package nn

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/network"
)

// Batch is what a call of a network works on.
type Batch struct {
	Images   []float32 // [N][height][width][channels], the caller's
	Labels   []int32   // nil: no loss is computed
	N        int
	Training bool
	Share    float64 // of one image in a mean: 1/N
	size     int     // elements of an image
	ranks    *ranks  // that share the batch; nil: this process has it alone
}

// NewBatch checks a call's images and labels against the network. It panics where they do not fit: who
// reads them from users checks them first.
func NewBatch(info *network.Info, images []float32, labels []int32, training bool) Batch {
	size := info.Input[0] * info.Input[1] * info.Input[2]
	n := len(images) / size
	if n < 1 || n > info.Capacity || len(images) != n*size {
		panic(fmt.Sprintf("%s: got %d values of images, want 1 to %d images of %d", info.Name, len(images), info.Capacity, size))
	}
	if labels != nil && len(labels) != n {
		panic(fmt.Sprintf("%s: got %d labels, want one for each of %d images", info.Name, len(labels), n))
	}
	for i, l := range labels {
		if l < 0 || int(l) >= info.Classes {
			panic(fmt.Sprintf("%s: labels[%d]: got %d, want 0 to %d", info.Name, i, l, info.Classes-1))
		}
	}
	return Batch{Images: images, Labels: labels, N: n, Training: training, Share: 1 / float64(n), size: size}
}

// Image returns image i.
func (b *Batch) Image(i int) []float32 { return b.Images[i*b.size:][:b.size] }
