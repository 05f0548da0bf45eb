package nn

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Batch is the images of one call of a network, and what the call computes.
type Batch struct {
	Images   []float32 // [N][height][width][channels]; the caller owns them
	Labels   []int32   // nil: no loss is computed
	N        int
	Training bool
	Share    float64    // 1/N: the weight of one image in a mean
	size     int        // elements of an image
	ranks    *rankGroup // nil: this process has the whole batch
}

// NewBatch checks a call's images and labels against the network. It panics if they do not fit:
// callers check what users gave them.
func NewBatch(info *network.Info, images []float32, labels []int32, training bool) Batch {
	size := info.Input[0] * info.Input[1] * info.Input[2]
	n := len(images) / size
	if n < 1 || n > info.Capacity || len(images) != n*size {
		panic(fmt.Sprintf("%s: got %d values of images, want 1 to %d images of %d", info.Name, len(images), info.Capacity, size))
	}
	if err := info.CheckTrainStep(n); training && err != nil {
		panic(fmt.Sprintf("%s: %v", info.Name, err))
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

// images returns the images of the batch that this process works on.
func (b *Batch) images() par.Range {
	groups := b.groups()
	return par.Range{First: abi.GroupFirst(b.N, groups.First), End: abi.GroupFirst(b.N, groups.End)}
}

// Image returns image i.
func (b *Batch) Image(i int) []float32 { return b.Images[i*b.size:][:b.size] }
