package nn

import (
	"runtime"
	"time"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Crew runs the phases of a network N on workers. Each worker has a scratch memory W, and in every
// phase the same contiguous groups of images.
type Crew[N, W any] struct {
	net     *N
	scratch []*W
	pool    *par.Pool
	batch   *Batch
	ranks   *rankGroup                                  // nil: this process trains alone
	job     func(net *N, w *W, g int, images par.Range) // of a phase over images
	share   func(net *N, part par.Part)                 // of a phase over anything else; nil: job is set
	profile *network.Profile
	lap     int
	started time.Time
	closed  bool
}

// NewCrew starts the workers of a network: options.Threads, at most abi.Groups; or one for each
// core that Go uses if options.Threads is 0.
func NewCrew[N, W any](net *N, options network.Options) *Crew[N, W] {
	threads := options.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	c := &Crew[N, W]{net: net, ranks: newRankGroup(options), scratch: make([]*W, min(threads, abi.Groups))}
	for k := range c.scratch {
		c.scratch[k] = mem.At[W](mem.New(mem.SizeOf[W]()), 0)
	}
	c.pool = par.New(len(c.scratch), c.work)
	return c
}

// Threads returns the number of workers.
func (c *Crew[N, W]) Threads() int { return len(c.scratch) }

// Close ends the workers.
func (c *Crew[N, W]) Close() {
	c.closed = true
	c.pool.Close()
}

// Begin sets the batch of the phases that follow. In a training step of several ranks, this one has
// a part of the batch. It panics with [network.ErrClosed] after Close.
func (c *Crew[N, W]) Begin(b *Batch) {
	if c.closed {
		panic(network.ErrClosed)
	}
	if b.Training {
		b.ranks = c.ranks
	}
	c.batch = b
	c.lap = 0
}

// Each runs a phase over images: job for each group that has images, on the group's worker. It
// returns when all are done.
func (c *Crew[N, W]) Each(job func(net *N, w *W, g int, images par.Range)) {
	c.completeNorm()
	c.tick()
	c.job, c.share = job, nil
	c.pool.Run()
}

// Split runs a phase over anything else: share once on each worker, with that worker's part. Before
// it begins, the gradients of all ranks are combined.
func (c *Crew[N, W]) Split(share func(net *N, part par.Part)) {
	c.completeNorm()
	c.tick()
	if c.batch.ranks != nil {
		c.batch.ranks.allReduce.finish()
	}
	c.SplitSamePhase(share)
}

// SplitSamePhase is [Crew.Split] for work that belongs to the phase before: a profile counts both
// as one.
func (c *Crew[N, W]) SplitSamePhase(share func(net *N, part par.Part)) {
	c.job, c.share = nil, share
	c.pool.Run()
	if c.batch.ranks != nil {
		c.batch.ranks.allReduce.advance()
	}
}

// completeNorm combines the sums of all ranks for the norm between two phases.
func (c *Crew[N, W]) completeNorm() {
	if c.batch.ranks != nil {
		c.batch.ranks.complete()
	}
}

func (c *Crew[N, W]) work(worker int) {
	part := par.Part{Index: worker, Of: len(c.scratch)}
	if c.share != nil {
		c.share(c.net, part)
		return
	}
	groups := c.batch.groups()
	own := part.Range(groups.End - groups.First)
	for g := groups.First + own.First; g < groups.First+own.End; g++ {
		if images := GroupImages(c.batch.N, g); images.First < images.End {
			c.job(c.net, c.scratch[worker], g, images)
		}
	}
}

// SetProfile makes later training steps add their times to p. With nil they stop.
func (c *Crew[N, W]) SetProfile(p *network.Profile) { c.profile = p }

// End closes the last phase of a step.
func (c *Crew[N, W]) End() {
	c.tick()
	if c.profile != nil && c.lap == len(c.profile.Nanoseconds)+1 {
		c.profile.Steps++
	}
}

// tick notes in the profile that a phase ends and the next begins.
func (c *Crew[N, W]) tick() {
	if c.profile == nil {
		return
	}
	now := time.Now()
	if c.lap > 0 && c.lap <= len(c.profile.Nanoseconds) {
		c.profile.Nanoseconds[c.lap-1] += now.Sub(c.started).Nanoseconds()
	}
	c.lap++
	c.started = now
}
