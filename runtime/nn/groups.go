package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// GroupImages returns the images of group g in a batch of n.
func GroupImages(n, g int) par.Range {
	return par.Range{First: abi.GroupFirst(n, g), End: abi.GroupFirst(n, g+1)}
}

// tree calls join(left, right) for the nodes of the balanced binary tree over the groups of a batch of n
// images, children first, and returns the group that holds the result. A node with one empty side is its
// other side: join is not called for it.
func tree(n int, join func(left, right int)) int {
	return subtree(n, 0, abi.Groups, 1, join)
}

// subtree is the part of tree over groups [first, end), down to runs of leaf groups, whose sums are at their first groups.
func subtree(n, first, end, leaf int, join func(left, right int)) int {
	if end-first == leaf {
		if abi.GroupFirst(n, first) == abi.GroupFirst(n, end) {
			return -1
		}
		return first
	}
	middle := (first + end) / 2
	left, right := subtree(n, first, middle, leaf, join), subtree(n, middle, end, leaf, join)
	switch {
	case left < 0:
		return right
	case right < 0:
		return left
	}
	join(left, right)
	return left
}

// Partials is the memory of one variable's gradient before its groups are combined: [abi.Groups] rows of
// Len elements, Pitch elements apart.
type Partials struct {
	Memory     []float32
	Pitch, Len int
}

// Group returns group g's row.
func (p *Partials) Group(g int) []float32 { return p.Memory[g*p.Pitch:][:p.Len:p.Len] }

// reduceChunk is how many elements of a gradient are combined at a time: 16 rows of it fit into L1 twice.
const reduceChunk = 256

// Reduce combines the groups of a batch into part of gradient and adds decay·value, fused:
// gradient = decay·value + ((g0+g1)+(g2+g3))+…. It uses the partials as scratch. Where several ranks share the batch, it combines
// this one's groups, and the rest comes before the variables are updated.
func (p *Partials) Reduce(gradient, value []float32, decay float32, b *Batch, part par.Part) {
	groups := b.groups()
	if b.ranks != nil {
		if part.Index == 0 { // one for all, and the one that the crew's caller is
			b.ranks.gradients.add(b, gradient, value, decay)
		}
		decay = 0
	}
	r := part.Range(abi.PackBlocks(p.Len))
	first, end := r.First*abi.PackChannels, min(r.End*abi.PackChannels, p.Len)
	for lo := first; lo < end; lo += reduceChunk {
		hi := min(lo+reduceChunk, end)
		root := subtree(b.N, groups.First, groups.End, 1, func(left, right int) {
			l := p.Group(left)[lo:hi]
			f32.Add(l, l, p.Group(right)[lo:hi])
		})
		copy(gradient[lo:hi], p.Group(root)[lo:hi])
		if decay != 0 {
			f32.AddScaled(gradient[lo:hi], value[lo:hi], decay)
		}
	}
}
