package nn

import (
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// rankGroup is a network's part in the training steps of several processes. It is nil if there is
// only one.
//
// A rank has the images of a run of groups, and all variables. Sums over a batch are sums over each
// rank's groups, by their subtree of [tree]. Then every rank follows the rest of the tree over the
// sums of all ranks. So the result is that of one process. Every rank has images
// ([network.CheckRanks]): no subtree is empty.
type rankGroup struct {
	link       network.Link
	localNorms bool
	groups     par.Range // this rank's
	of         int       // groups of each rank
	own, all   []float64 // see numbers
	norm       pendingNorm
	allReduce  allReduce
}

// pendingNorm is a norm whose sums are being exchanged between ranks.
type pendingNorm struct {
	*Norm
	reduction
	batch    *Batch
	exchange network.Exchange
}

// newRankGroup returns nil for a network that trains alone.
func newRankGroup(o network.Options) *rankGroup {
	if o.Link == nil || o.Link.Size() == 1 {
		return nil
	}
	size, rank := o.Link.Size(), o.Link.Rank()
	r := &rankGroup{link: o.Link, localNorms: o.LocalNorms, of: abi.Groups / size}
	r.groups = par.Range{First: rank * r.of, End: (rank + 1) * r.of}
	r.allReduce = allReduce{ranks: r, fast: o.FastSums}
	return r
}

// groups returns the groups of a batch that this process works on.
func (b *Batch) groups() par.Range {
	if b.ranks == nil {
		return par.Range{First: 0, End: abi.Groups}
	}
	return b.ranks.groups
}

// treeOverRanks is the part of [tree] over the sums of ranks. Each sum is at the first group of its
// rank.
func (r *rankGroup) treeOverRanks(n int, join func(left, right int)) int {
	return subtree(n, 0, abi.Groups, r.of, join)
}

// numbers returns memory for n numbers of this rank, and for those of all ranks.
func (r *rankGroup) numbers(n int) (own, all []float64) {
	size := r.link.Size()
	if len(r.own) < n {
		r.own, r.all = r.link.Doubles(n), r.link.Doubles(size*n)
	}
	return r.own[:n], r.all[:size*n]
}

// begin sends a norm's sums over this rank's groups to all ranks. [rankGroup.complete] waits for
// theirs when the next phase begins: work in between hides some of the latency.
func (r *rankGroup) begin(n *Norm, b *Batch, c reduction, sums *groupSums) {
	channels := len(n.Gamma)
	own, all := r.numbers(1 + 2*channels)
	sums.put(own, channels)
	r.norm = pendingNorm{n, c, b, r.link.StartGatherDoubles(all, own)}
}

// complete combines the sums that [rankGroup.begin] has sent, if any.
func (r *rankGroup) complete() {
	u := r.norm
	if u.Norm == nil {
		return
	}
	r.norm = pendingNorm{}
	r.link.Wait(u.exchange)
	channels := len(u.Gamma)
	numbers := 1 + 2*channels
	for rank := range r.link.Size() {
		u.Sums.groups[rank*r.of].take(r.all[rank*numbers:][:numbers], channels)
	}
	u.then(u.Norm, u.batch, u.Sums.join(u.batch, par.Range{First: 0, End: abi.Groups}, r.of, channels, u.join))
}

// imagesInNorms returns the images that norms compute their statistics over.
func (b *Batch) imagesInNorms() int {
	if b.ranks == nil || !b.ranks.localNorms {
		return b.N
	}
	images := b.images()
	return images.End - images.First
}
