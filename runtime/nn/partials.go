package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Partials is one variable's gradient for each group of images: abi.Groups rows of Len elements,
// Pitch elements apart.
type Partials struct {
	Memory     []float32
	Pitch, Len int
}

// Group returns group g's row.
func (p *Partials) Group(g int) []float32 { return p.Memory[g*p.Pitch:][:p.Len:p.Len] }

// reduceChunk is the elements of a gradient that are combined at a time: all rows of them fit into
// L1 twice.
const reduceChunk = 256

// exchange has the ranks that share the batch sum a gradient once it is complete on each of them,
// and returns the weight decay that is left to add before: none if that is done behind the sum.
func (b *Batch) exchange(gradient, value []float32, decay float32, part par.Part) (left float32) {
	if b.ranks == nil {
		return decay
	}
	if part.Index == 0 { // runs on the goroutine of the crew's caller, which talks to other ranks
		b.ranks.allReduce.add(b, gradient, value, decay)
	}
	return 0
}

// Reduce combines the groups of a batch into part of gradient and adds decay·value, fused: gradient
// = decay·value + ((g0+g1)+(g2+g3))+…. It overwrites the partials. If several ranks share the
// batch, it combines this rank's groups; [allReduce] does the rest.
func (p *Partials) Reduce(gradient, value []float32, decay float32, b *Batch, part par.Part) {
	groups := b.groups()
	decay = b.exchange(gradient, value, decay, part)
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
