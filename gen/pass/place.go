package pass

import (
	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// place chooses the size of an inference's chunk of images, which phases take them one by one, and
// gives its tensors memory. Tensors of one shape and layout share memory unless they live in the
// same phase, or only one of them lives longer than an image's way through those phases. A tensor
// with a halo shares with none of another layout, so its zeros stay.
func place(g *ir.Graph) error {
	n := &g.Inference
	n.Chunk, n.Singles = chunk(g)
	for _, c := range g.Convs {
		if c.Algorithm == ir.Direct {
			n.Workspace = max(n.Workspace, padded(abi.InferBand(c.Out.H, c.Out.W, c.Out.C)*c.Out.W*c.Out.C))
		} else {
			images := abi.WinogradInferImages(c.Out.H, c.Out.W, c.In.C, c.Out.C, n.Chunk)
			n.Workspace = max(n.Workspace, padded(abi.WinogradInferWorkspace(c.Out.H, c.Out.W, c.In.C, c.Out.C, images)))
		}
	}
	lives := spans(g)
	busy := map[ir.Buffer]map[int]bool{} // the phases in which a tensor lives in it
	for _, t := range g.Tensors {
		life, used := lives[t]
		if !used {
			continue
		}
		t.Single = life.last < n.Singles && t != g.ImageTensor()
		buffer := ir.Buffer{Layout: t.Layout, Shape: t.Shape, Single: t.Single}
		for life.meets(busy[buffer]) {
			buffer.Slot++
		}
		t.Slot = buffer.Slot
		phases := busy[buffer]
		if phases == nil {
			phases = map[int]bool{}
			busy[buffer] = phases
			n.Buffers = append(n.Buffers, ir.Images{Buffer: buffer, Offset: n.Bytes})
			images := n.Chunk
			if t.Single {
				images = 1
			}
			n.Bytes += abi.Aligned(int64(images) * int64(buffer.Len()) * abi.Float32Bytes)
		}
		for i := life.first; i <= life.last; i++ {
			phases[i] = true
		}
	}
	return nil
}

// lifespan is the first and the last phase of a tensor.
type lifespan struct{ first, last int }

// meets reports whether one of the phases is busy.
func (s lifespan) meets(busy map[int]bool) bool {
	for i := s.first; i <= s.last; i++ {
		if busy[i] {
			return true
		}
	}
	return false
}

func spans(g *ir.Graph) map[*ir.Tensor]lifespan {
	lives := map[*ir.Tensor]lifespan{}
	for i, p := range g.Phases {
		for _, op := range p.Ops {
			for t := range op.Tensors() {
				if s, ok := lives[t]; ok {
					lives[t] = lifespan{s.first, i}
				} else {
					lives[t] = lifespan{i, i}
				}
			}
		}
	}
	if s, ok := lives[g.Logits]; ok {
		lives[g.Logits] = lifespan{s.first, len(g.Phases)}
	}
	return lives
}

// The chunk is what makes the most of a core's cache, of about a MiB: the images of one stage stay
// in it, unless the weights do not; then these are read once for as many images as possible, and
// where images outweigh the weights, one image after the other goes through the phases.
const (
	cacheBytes = 1 << 20
	maxImages  = 8
)

func chunk(g *ir.Graph) (images, oneByOne int) {
	image, weights := 0, 0
	for _, t := range g.Tensors {
		image = max(image, t.Shape.Len()*abi.Float32Bytes)
	}
	for _, c := range g.Convs {
		weights = max(weights, weightBytes(c))
	}
	if weights > cacheBytes {
		return maxImages, singles(g, maxImages)
	}
	const live = 4 // tensors of the largest shape: the input, two of a convolution, the shortcut
	n := 1
	for n < maxImages && 2*n*live*image <= cacheBytes {
		n *= 2
	}
	return n, 0
}

// singles returns how many of the first phases take a chunk's images one by one: as long as fewer
// bytes of weights than of activations come again for each image.
func singles(g *ir.Graph, chunk int) int {
	for i, p := range g.Phases {
		weights, activations := 0, 0
		seen := map[*ir.Tensor]bool{}
		for _, op := range p.Ops {
			if op.Conv != nil {
				weights += weightsAgain(op.Conv, chunk)
			}
			for t := range op.Tensors() {
				if !seen[t] {
					seen[t] = true
					activations += t.Buffer().Len() * abi.Float32Bytes
				}
			}
		}
		if weights > activations {
			return i
		}
	}
	return len(g.Phases)
}

// weightsAgain is how many bytes of a convolution's weights each image reads again if it does not
// share them with others of its chunk.
func weightsAgain(c *ir.Conv, chunk int) int {
	bytes, images := weightBytes(c), 1
	switch {
	case c.Algorithm == ir.Winograd:
		images = abi.WinogradInferImages(c.Out.H, c.Out.W, c.In.C, c.Out.C, chunk)
	case bytes <= cacheBytes:
		images = chunk
	}
	return bytes * (images - 1) / images
}

// weightBytes is the memory of a convolution's weights.
func weightBytes(c *ir.Conv) int {
	taps := c.Kernel * c.Kernel
	if c.Algorithm == ir.Winograd {
		taps = abi.WinogradPlanes
	}
	return taps * c.In.C * c.Out.C * abi.Float32Bytes
}
