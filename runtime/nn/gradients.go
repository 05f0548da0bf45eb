package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// bucketElements is how much of the gradients is exchanged at a time: enough for a network to be busy, and little enough to begin
// while most of the backward pass is still to come.
const bucketElements = 1 << 15

// gradients are those of the ranks' own images on their way to those of the batch. Buckets of them are exchanged while the
// backward pass goes on: each rank gets the others' sums of its piece, adds them up by the rest of the groups' tree, and sends
// that to all.
type gradients struct {
	ranks   *ranks
	fast    bool // the link sums, in its own order
	buckets []bucket
	begun   int // buckets of this step whose exchange has begun
	summed  int // of these, the first whose pieces are on their way to all
	n       int // images of the batch
}

// bucket is what is exchanged at a time.
type bucket struct {
	parts    []gradientPart
	elements int
	// Of the ranks' pieces, padded to equal ones: what is sent, what comes from each rank, and the sum.
	sent, received, sum []float32
	exchange            network.Exchange
}

// gradientPart is a variable's gradient, to which decay·value is added when it is the batch's.
type gradientPart struct {
	gradient, value []float32
	decay           float32
}

// add notes a gradient of this rank's images, which is complete when the phase ends that says so.
func (g *gradients) add(b *Batch, gradient, value []float32, decay float32) {
	if g.begun == len(g.buckets) {
		g.buckets = append(g.buckets, bucket{})
	}
	g.n = b.N
	into := &g.buckets[g.begun]
	into.parts = append(into.parts, gradientPart{gradient, value, decay})
	into.elements += len(gradient)
}

// advance begins to exchange a bucket that is full, and moves on those that are on their way.
func (g *gradients) advance() {
	if g.begun < len(g.buckets) && g.buckets[g.begun].elements >= bucketElements {
		g.begin()
	}
	if !g.fast {
		for g.summed < g.begun && g.ranks.link.Done(g.buckets[g.summed].exchange) {
			g.sumAndGather()
		}
	}
}

// finish returns when all gradients are those of the batch.
func (g *gradients) finish() {
	if g.begun < len(g.buckets) && g.buckets[g.begun].elements > 0 {
		g.begin()
	}
	for !g.fast && g.summed < g.begun {
		g.ranks.link.Wait(g.buckets[g.summed].exchange)
		g.sumAndGather()
	}
	for i := range g.buckets[:g.begun] {
		b := &g.buckets[i]
		g.ranks.link.Wait(b.exchange)
		b.unpack()
	}
	g.begun, g.summed = 0, 0
}

// begin sends the pieces of the bucket that is being filled.
func (g *gradients) begin() {
	b := &g.buckets[g.begun]
	g.begun++
	b.reserve(g.ranks.link, g.fast)
	at := 0
	for _, p := range b.parts {
		at += copy(b.sent[at:], p.gradient)
	}
	if g.fast {
		b.exchange = g.ranks.link.StartSum(b.sum, b.sent)
		return
	}
	b.exchange = g.ranks.link.StartExchange(b.received, b.sent)
}

// reserve makes the bucket's memory in the first step: what a bucket holds is the same in all.
func (b *bucket) reserve(link network.Link, fast bool) {
	if b.sent != nil {
		return
	}
	piece := (b.elements + link.Size() - 1) / link.Size()
	n := piece * link.Size()
	b.sent, b.sum = link.Floats(n), link.Floats(n)
	if !fast {
		b.received = link.Floats(n)
	}
}

// sumAndGather adds up the ranks' pieces of the first bucket that has them, and sends the sum to all.
func (g *gradients) sumAndGather() {
	b := &g.buckets[g.summed]
	g.summed++
	piece := len(b.sent) / g.ranks.link.Size()
	of := func(group int) []float32 { return b.received[group/g.ranks.of*piece:][:piece] }
	root := g.ranks.treeOverRanks(g.n, func(left, right int) { f32.Add(of(left), of(left), of(right)) })
	b.exchange = g.ranks.link.StartGather(b.sum, of(root))
}

// unpack sets the bucket's gradients to the sums, and empties it.
func (b *bucket) unpack() {
	at := 0
	for _, p := range b.parts {
		at += copy(p.gradient, b.sum[at:])
		if p.decay != 0 {
			f32.AddScaled(p.gradient, p.value, p.decay)
		}
	}
	b.parts, b.elements = b.parts[:0], 0
}
