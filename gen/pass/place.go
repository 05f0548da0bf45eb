package pass

import (
	"slices"

	"github.com/resnetgen/resnetgen/gen/ir"
	"github.com/resnetgen/resnetgen/runtime/abi"
)

// place gives the tensors of an inference memory for a chunk of images, and decides how many these are. Tensors of one shape and
// layout share memory where they do not live in the same phase; what has a halo shares it with nothing else, so that its zeros
// stay.
func place(g *ir.Graph) error {
	n := &g.Inference
	n.Chunk = chunk(g)
	for _, c := range g.Convs {
		if c.Algorithm == ir.Winograd {
			images := abi.WinogradTogether(c.Out.H, c.Out.W, n.Chunk)
			n.Workspace = max(n.Workspace, padded(abi.WinogradForwardSpace(c.Out.H, c.Out.W, c.In.C, c.Out.C, images)))
		}
	}
	lives := spans(g)
	var placed []*ir.Tensor
	for _, t := range g.Tensors {
		if _, used := lives[t]; !used {
			continue
		}
		t.Slot = 0
		for slices.ContainsFunc(placed, func(o *ir.Tensor) bool {
			return o.Layout == t.Layout && o.Shape == t.Shape && o.Slot == t.Slot && lives[o].meets(lives[t])
		}) {
			t.Slot++
		}
		placed = append(placed, t)
		buffer := ir.Images{Layout: t.Layout, Shape: t.Shape, Slot: t.Slot, Offset: n.Bytes}
		if !slices.ContainsFunc(n.Buffers, func(b ir.Images) bool { b.Offset = n.Bytes; return b == buffer }) {
			n.Buffers = append(n.Buffers, buffer)
			n.Bytes += abi.Aligned(int64(n.Chunk) * int64(stored(buffer)) * abi.Float32Bytes)
		}
	}
	return nil
}

// stored returns the elements of an image in its layout.
func stored(b ir.Images) int {
	h, w := b.Shape.H, b.Shape.W
	if b.Layout == ir.Tiled || b.Layout == ir.TiledHalo {
		h, w = 4*abi.WinogradTiles(h), 4*abi.WinogradTiles(w)
	}
	if b.Layout == ir.Halo || b.Layout == ir.TiledHalo {
		h, w = h+2, w+2
	}
	return h * w * b.Shape.C
}

// lifespan is the first and the last phase of a tensor.
type lifespan struct{ first, last int }

func (s lifespan) meets(o lifespan) bool { return s.first <= o.last && o.first <= s.last }

func spans(g *ir.Graph) map[*ir.Tensor]lifespan {
	lives := map[*ir.Tensor]lifespan{}
	for i, p := range g.Phases {
		for _, op := range p.Ops {
			for _, t := range append(slices.Clone(op.In), op.Outs()...) {
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

// The chunk is what makes the most of a core's cache, of about a MiB: the images of one stage stay in it, unless the weights do
// not; then these are read once for as many images as possible.
const (
	cacheBytes = 1 << 20
	mostImages = 8
)

func chunk(g *ir.Graph) int {
	image, weights := 0, 0
	for _, t := range g.Tensors {
		image = max(image, t.Shape.Len()*abi.Float32Bytes)
	}
	for _, c := range g.Convs {
		taps := c.Kernel * c.Kernel
		if c.Algorithm == ir.Winograd {
			taps = abi.WinogradPlanes
		}
		weights = max(weights, taps*c.In.C*c.Out.C*abi.Float32Bytes)
	}
	if weights > cacheBytes {
		return mostImages
	}
	const live = 4 // tensors of the largest shape: the input, two of a convolution, the shortcut
	n := 1
	for n < mostImages && 2*n*live*image <= cacheBytes {
		n *= 2
	}
	return n
}
