package nn

import (
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// ranks is a network's part in the training steps of several processes; a nil one is alone.
//
// A rank has the images of a run of groups, and all variables. What is summed over a batch each rank sums over its groups by their
// subtree of [tree]; the rest of the tree goes over the ranks' sums, and every rank follows it. So the result is that of one process.
// Each rank has images ([CheckRanks]), so none of its subtrees is empty.
type ranks struct {
	link       network.Link
	localNorms bool
	groups     par.Range // of all, this rank's
	of         int       // how many groups a rank has
	own, all   []float64
	norm       unfinished
	gradients  gradients
}

// unfinished is a norm whose sums are on their way to all ranks.
type unfinished struct {
	*Norm
	combination
	batch    *Batch
	exchange network.Exchange
}

// newRanks returns nil for a network that is alone.
func newRanks(o network.Options) *ranks {
	if o.Link == nil || o.Link.Size() == 1 {
		return nil
	}
	size, rank := o.Link.Size(), o.Link.Rank()
	r := &ranks{link: o.Link, localNorms: o.LocalNorms, of: abi.Groups / size}
	r.groups = par.Range{First: rank * r.of, End: (rank + 1) * r.of}
	r.gradients = gradients{ranks: r, fast: o.FastSums}
	return r
}

// groups returns the groups of a batch that this process works on: all of those of a batch without ranks.
func (b *Batch) groups() par.Range {
	if b.ranks == nil {
		return par.Range{First: 0, End: abi.Groups}
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
	u.then(u.Norm, u.batch, u.Sums.join(u.batch, par.Range{First: 0, End: abi.Groups}, r.of, channels, u.join))
}

// imagesInNorms returns how many images of the batch the norms' statistics are of.
func (b *Batch) imagesInNorms() int {
	if b.ranks == nil || !b.ranks.localNorms {
		return b.N
	}
	images := network.RankImages(b.N, b.ranks.link.Rank(), b.ranks.link.Size())
	return images.End - images.First
}
