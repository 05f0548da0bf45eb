package nn

import (
	"github.com/resnetgen/resnetgen/asm/f32"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// bucketElements is the elements of a bucket: enough to keep the link busy, and few enough to begin
// while most of the backward pass is still to come.
const bucketElements = 1 << 15

// allReduce sums gradients over ranks while the backward pass goes on, bucket by bucket. Of each
// bucket, every rank receives the other ranks' values of one piece, adds them by the rest of the
// groups' tree, and sends the sum to all.
type allReduce struct {
	ranks   *rankGroup
	fast    bool // the link sums, in its own order
	buckets []bucket
	begun   int // buckets of this step that have been sent
	summed  int // of these, the ones whose pieces have been added up and sent to all
	n       int // images of the batch
}

// bucket is gradients that are exchanged together.
type bucket struct {
	parts    []gradientPart
	elements int
	// A piece for each rank, padded to equal lengths: what is sent, what each rank sends of this
	// rank's piece, and the sum.
	sent, received, sum []float32
	exchange            network.Exchange
}

// gradientPart is a variable's gradient. Once it is summed over ranks, decay·value is added to it.
type gradientPart struct {
	gradient, value []float32
	decay           float32
}

// add puts a gradient over this rank's images into the current bucket. It is complete at the end of
// the phase that adds it.
func (g *allReduce) add(b *Batch, gradient, value []float32, decay float32) {
	if g.begun == len(g.buckets) {
		g.buckets = append(g.buckets, bucket{})
	}
	g.n = b.N
	into := &g.buckets[g.begun]
	into.parts = append(into.parts, gradientPart{gradient, value, decay})
	into.elements += len(gradient)
}

// advance sends the current bucket if it is full, and adds up those that have arrived.
func (g *allReduce) advance() {
	if g.begun < len(g.buckets) && g.buckets[g.begun].elements >= bucketElements {
		g.begin()
	}
	if !g.fast {
		for g.summed < g.begun && g.ranks.link.Done(g.buckets[g.summed].exchange) {
			g.sumAndGather()
		}
	}
}

// finish returns when all gradients are summed over all ranks.
func (g *allReduce) finish() {
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

// begin sends the pieces of the current bucket.
func (g *allReduce) begin() {
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

// reserve makes the bucket's memory in the first step. Later steps have the same buckets.
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

// sumAndGather adds up this rank's piece of the next bucket, and sends the sum to all.
func (g *allReduce) sumAndGather() {
	b := &g.buckets[g.summed]
	g.summed++
	piece := len(b.sent) / g.ranks.link.Size()
	of := func(group int) []float32 { return b.received[group/g.ranks.of*piece:][:piece] }
	root := g.ranks.treeOverRanks(g.n, func(left, right int) { f32.Add(of(left), of(left), of(right)) })
	b.exchange = g.ranks.link.StartGather(b.sum, of(root))
}

// unpack copies the sums to the gradients, and empties the bucket.
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
