package nn

import (
	"fmt"
	"math/bits"

	"github.com/resnetgen/resnetgen/runtime/abi"
)

// Link joins the ranks of a training: Size processes, numbered from 0, that train one network together. All call the same methods
// in the same order. A Link has no errors to return: one that loses a rank ends the program.
type Link interface {
	// Rank returns this process's number.
	Rank() int
	// Size returns the number of processes.
	Size() int
	// Gather sets to to the ranks' from, in the order of the ranks: Size times as many elements.
	Gather(to, from []float64)
	// Broadcast sets every rank's values to those of rank 0.
	Broadcast(values []float32)
	// Floats returns memory for the methods that follow, which go on after they return: until Done says that they have ended, or Wait
	// returns.
	Floats(n int) []float32
	// Doubles returns memory for StartGatherDoubles.
	Doubles(n int) []float64
	// StartGatherDoubles begins what Gather does.
	StartGatherDoubles(to, from []float64) Exchange
	// StartExchange begins to set to to Size pieces, that of rank r being piece Rank of r's from.
	StartExchange(to, from []float32) Exchange
	// StartGather begins to set to to the ranks' from, in the order of the ranks.
	StartGather(to, from []float32) Exchange
	// StartSum begins to set to to the sum of the ranks' from, in an order that is the link's own.
	StartSum(to, from []float32) Exchange
	// Done reports whether an exchange has ended, and moves it on.
	Done(Exchange) bool
	// Wait returns when an exchange has ended.
	Wait(Exchange)
}

// Exchange is one that has begun. Those of a kind end in the order in which they began.
type Exchange int

// RankImages returns the images of a batch of n that are a rank's: those of its run of groups.
func RankImages(n, rank, size int) Range {
	return Range{abi.GroupFirst(n, rank*abi.Groups/size), abi.GroupFirst(n, (rank+1)*abi.Groups/size)}
}

// CheckRanks says what keeps a network from being trained by so many ranks, each of which has a whole subtree of the groups' tree.
func CheckRanks(info *Info, size, images int) error {
	switch {
	case size < 1 || size > abi.Groups || bits.OnesCount(uint(size)) != 1:
		return fmt.Errorf("got %d ranks, want 1, 2, 4, 8 or 16: each sums a subtree of the batch's 16 groups", size)
	case images < size:
		return fmt.Errorf("got batches of %d images, want one or more for each of %d ranks", images, size)
	case size == 1:
		return nil
	}
	for _, l := range info.Layers {
		if l.Algorithm == abi.WinogradBatch {
			return fmt.Errorf("%s: got the algorithm %q, whose weight gradient is one sum over all images, want one that sums by groups; "+
				"algorithm: direct in the spec has it", l.Name, l.Algorithm)
		}
	}
	return nil
}

// ranks is a network's part in the training steps of several processes; a nil one is alone.
//
// A rank has the images of a run of groups, and all variables. What is summed over a batch each rank sums over its groups by their
// subtree of [tree]; the rest of the tree goes over the ranks' sums, and every rank follows it. So the result is that of one process.
// Each rank has images ([CheckRanks]), so none of its subtrees is empty.
type ranks struct {
	link       Link
	localNorms bool
	groups     Range // of all, this rank's
	of         int   // how many groups a rank has
	own, all   []float64
	norm       unfinished
	gradients  gradients
}

// unfinished is a norm whose sums are on their way to all ranks.
type unfinished struct {
	*Norm
	combination
	batch    *Batch
	exchange Exchange
}

// newRanks returns nil for a network that is alone.
func newRanks(o Options) *ranks {
	if o.Link == nil || o.Link.Size() == 1 {
		return nil
	}
	size, rank := o.Link.Size(), o.Link.Rank()
	r := &ranks{link: o.Link, localNorms: o.LocalNorms, of: abi.Groups / size}
	r.groups = Range{rank * r.of, (rank + 1) * r.of}
	r.gradients = gradients{ranks: r, fast: o.FastSums}
	return r
}

// groups returns the groups of a batch that this process works on: all of those of a batch without ranks.
func (b *Batch) groups() Range {
	if b.ranks == nil {
		return Range{0, abi.Groups}
	}
	return b.ranks.groups
}

// treeOverRanks is the rest of [tree] over the ranks' own subtrees, each of which has its sum in its first group's place.
func (r *ranks) treeOverRanks(n int, join func(left, right int)) int {
	return subtree(n, 0, abi.Groups, r.of, join)
}

// numbers returns memory for so many of a rank's own numbers, and for those of all ranks.
func (r *ranks) numbers(n int) (own, all []float64) {
	size := r.link.Size()
	if len(r.own) < n {
		r.own, r.all = r.link.Doubles(n), r.link.Doubles(size*n)
	}
	return r.own[:n], r.all[:size*n]
}

// begin sends a norm's sums over this rank's groups to all ranks. Until the next phase begins they do what needs none of these, and so
// wait less for each other.
func (r *ranks) begin(n *Norm, b *Batch, c combination, sums *groupSums) {
	channels := len(n.Gamma)
	own, all := r.numbers(1 + 2*channels)
	sums.put(own, channels)
	r.norm = unfinished{n, c, b, r.link.StartGatherDoubles(all, own)}
}

// complete combines the ranks' sums of the norm that has begun to, if any.
func (r *ranks) complete() {
	u := r.norm
	if u.Norm == nil {
		return
	}
	r.norm = unfinished{}
	r.link.Wait(u.exchange)
	channels := len(u.Gamma)
	numbers := 1 + 2*channels
	for rank := range r.link.Size() {
		u.Sums.groups[rank*r.of].take(r.all[rank*numbers:][:numbers], channels)
	}
	u.then(u.Norm, u.batch, u.Sums.join(u.batch, Range{0, abi.Groups}, r.of, channels, u.join))
}

// imagesInNorms returns how many images of the batch the norms' statistics are of.
func (b *Batch) imagesInNorms() int {
	if b.ranks == nil || !b.ranks.localNorms {
		return b.N
	}
	images := RankImages(b.N, b.ranks.link.Rank(), b.ranks.link.Size())
	return images.End - images.First
}
