package nn

import (
	"runtime"
	"time"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/par"
)

// Crew runs the phases of a network N on workers, each with a scratch memory of type W. Worker k of K
// always has the same contiguous groups of images.
type Crew[N, W any] struct {
	net     *N
	scratch []*W
	pool    *par.Pool
	batch   *Batch
	ranks   *ranks                                      // that share the training steps; nil: this process is alone
	job     func(net *N, w *W, g int, images par.Range) // of this phase; or
	share   func(net *N, part par.Part)
	profile *network.Profile
	lap     int
	started time.Time
	closed  bool
}

// NewCrew starts the workers of a network: options.Threads of them, at most abi.Groups, or one for each
// core that Go uses.
func NewCrew[N, W any](net *N, options network.Options) *Crew[N, W] {
	threads := options.Threads
	if threads <= 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	c := &Crew[N, W]{net: net, ranks: newRanks(options), scratch: make([]*W, min(threads, abi.Groups))}
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

// Begin sets the batch of the phases that follow. If it trains and there are other ranks, this one has a part of it.
// It panics with [ErrClosed] after Close.
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

// Each runs a phase: job for each group that has images, each group on its worker. It returns when all
// are done.
func (c *Crew[N, W]) Each(job func(net *N, w *W, g int, images par.Range)) {
	c.completeNorm()
	c.tick()
	c.job, c.share = job, nil
	c.pool.Run()
}

// Split runs a phase: share once on each worker, with that worker's part of the work. The gradients before it are the batch's.
func (c *Crew[N, W]) Split(share func(net *N, part par.Part)) {
	c.completeNorm()
	c.tick()
	if c.batch.ranks != nil {
		c.batch.ranks.gradients.finish()
	}
	c.Also(share)
}

// Also is Split for work that belongs to the phase before it.
func (c *Crew[N, W]) Also(share func(net *N, part par.Part)) {
	c.job, c.share = nil, share
	c.pool.Run()
	if c.batch.ranks != nil {
		c.batch.ranks.gradients.advance()
	}
}

// completeNorm combines the ranks' sums of the norm between two phases.
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

// SetProfile makes every later training step add its times to p; nil ends it.
func (c *Crew[N, W]) SetProfile(p *network.Profile) { c.profile = p }

// End closes the last phase of a step.
func (c *Crew[N, W]) End() {
	c.tick()
	if c.profile != nil && c.lap == len(c.profile.Nanoseconds)+1 {
		c.profile.Steps++
	}
}

// tick ends a phase and begins the next.
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
