// Package par runs one task on a fixed crew of workers, many times a second, without allocating.
package par

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spins is how often a waiting worker looks again before it parks: about a millisecond, longer than
// the workers of one layer wait for each other and shorter than anything a person would notice as a
// busy core.
const spins = 100_000

// stocked fills the runtime's stock of what a parked goroutine needs, once for the program. The
// runtime allocates one where a core has none left, and cores keep up to 128 each: with fewer in
// all, workers that park on one core and wake on another would go on allocating in the middle of a
// step.
var stocked = sync.OnceFunc(func() {
	const perCore, most = 128, 4096
	n := min(perCore*runtime.GOMAXPROCS(0), most)
	gate := make(chan struct{})
	var parked, woken sync.WaitGroup
	parked.Add(n)
	for range n {
		woken.Go(func() {
			parked.Done()
			<-gate
		})
	}
	parked.Wait()
	runtime.Gosched()
	close(gate)
	woken.Wait()
})

// Pool is a crew of workers. Worker 0 is the caller of [Pool.Run]; the others are goroutines that
// spin briefly between runs and then park. A Pool is used by one goroutine at a time.
type Pool struct {
	task    func(worker int)
	workers int
	spins   int

	round   atomic.Uint64 // counts runs; a change is the signal to start
	pending atomic.Int64  // workers that have not finished this round
	closed  atomic.Bool
	helpers []helper
	done    chan struct{} // wakes a parked Run
	waiting atomic.Bool   // Run is parked
}

// helper is what one worker goroutine parks on, a cache line apart from its neighbours.
type helper struct {
	parked atomic.Bool
	wake   chan struct{}
	_      [64 - 16]byte
}

// New starts a crew of the given size, at least 1, that runs task(0), …, task(workers−1) at each
// Run.
func New(workers int, task func(worker int)) *Pool { return newPool(workers, spins, task) }

func newPool(workers, spins int, task func(worker int)) *Pool {
	workers = max(workers, 1)
	if workers > 1 {
		stocked()
	}
	p := &Pool{task: task, workers: workers, spins: spins, helpers: make([]helper, workers-1), done: make(chan struct{}, 1)}
	for i := range p.helpers {
		p.helpers[i].wake = make(chan struct{}, 1)
		go p.work(&p.helpers[i], i+1)
	}
	return p
}

// Workers returns the size of the crew.
func (p *Pool) Workers() int { return p.workers }

// Run runs the task once on each worker and returns when all have finished: a barrier. What
// happened before Run is seen by every worker, and what the workers did by the caller.
func (p *Pool) Run() {
	if p.closed.Load() {
		panic("par: got a Run after Close, want it before") // the workers are gone: it would wait for ever
	}
	if p.workers > 1 {
		p.pending.Store(int64(p.workers - 1))
		p.start()
	}
	p.task(0)
	for i := 0; p.pending.Load() > 0; i++ {
		if i < p.spins {
			yield(i)
			continue
		}
		p.waiting.Store(true)
		if p.pending.Load() > 0 || !p.waiting.CompareAndSwap(true, false) {
			// A worker that finished the round before last may only now come to wake us: hence the
			// loop.
			<-p.done
		}
	}
}

// Close ends the workers' goroutines. Run panics afterwards.
func (p *Pool) Close() {
	if p.closed.CompareAndSwap(false, true) {
		p.start()
	}
}

func (p *Pool) start() {
	p.round.Add(1)
	for i := range p.helpers {
		if h := &p.helpers[i]; h.parked.CompareAndSwap(true, false) {
			h.wake <- struct{}{}
		}
	}
}

func (p *Pool) work(h *helper, worker int) {
	var seen uint64
	for {
		p.await(h, seen)
		seen++
		if p.closed.Load() {
			return
		}
		p.task(worker)
		if p.pending.Add(-1) == 0 && p.waiting.CompareAndSwap(true, false) {
			p.done <- struct{}{}
		}
	}
}

// await returns when the round after seen has begun.
func (p *Pool) await(h *helper, seen uint64) {
	for i := 0; p.round.Load() == seen; i++ {
		if i < p.spins {
			yield(i)
			continue
		}
		h.parked.Store(true)
		if p.round.Load() == seen || !h.parked.CompareAndSwap(true, false) {
			// The start of the round that is over may only now come to wake us: hence the loop.
			<-h.wake
		}
	}
}

// patience is how often a waiting worker looks before it first gives its core away: some
// microseconds, as long as the workers of one layer wait for each other as a rule. Two that give
// their cores away at one time may get each other's back, and with it the wrong cache.
const patience = 1 << 12

// yield passes the time between two looks; it gives the core away now and then, so that a crew
// larger than the machine makes progress.
func yield(i int) {
	if i >= patience && i%16 == 15 {
		runtime.Gosched()
	}
}
