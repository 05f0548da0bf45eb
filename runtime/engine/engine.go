package engine

import (
	"runtime"
	"sync"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/par"
	"github.com/resnetgen/resnetgen/runtime/preprocess"
)

// Options are choices that depend on the machine. They do not change the bits of a result.
type Options struct {
	// Threads is the number of workers that share a call, at most abi.Groups. 0 means one for each
	// core that Go uses.
	Threads int
}

// Workers returns the number of workers.
func (o Options) Workers() int {
	n := o.Threads
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return min(n, abi.Groups)
}

// Check returns an error if the environment asks for kernels that this CPU cannot run.
func Check() error { return cpu.Err() }

// Program is a network. M is the memory of one worker: the activations of a chunk of images.
type Program[M any] struct {
	Name      string
	Input     [3]int              // height, width, channels
	Function  checkpoint.Function // what it computes of its variables, and of images
	Classes   int
	Chunk     int                      // images that go through the network together
	Workspace int                      // elements that convolutions need
	NewMemory func() *M                // all zero
	Images    func(*M) *Images         // the input
	Logits    func(*M) *Images         // the output
	Forward   func(*WorkerContext, *M) // the forward pass; workers of a team have waited for each other at its end
}

// Engine runs a program. Any number of goroutines may use it. One call at a time has all workers of
// the crew; meanwhile other calls compute on their own goroutines.
type Engine[M any] struct {
	program      Program[M]
	gate         gate
	standardizer preprocess.Standardizer
	crew         *par.Pool
	workers      []*worker[M] // of the crew; nil if there is only one
	team         barrier
	call         call                   // of the crew
	crewLock     sync.Mutex             // held by the call that has the crew
	singles      freeList[worker[M]]    // for calls without the crew
	batchBuffers freeList[imageBuffers] // with room for all workers
	oneBuffers   freeList[imageBuffers] // with room for one image
}

// call is a run of images, and where their logits go.
type call struct {
	images, logits []float32
	n              int
	shared         bool // all workers share the only image
}

// worker is a worker's memory and context.
type worker[M any] struct {
	memory  *M
	context WorkerContext
}

// New starts the workers of a program. It panics with a [mem.OutOfMemory] if there is no memory for
// them.
func New[M any](p Program[M], workers int) *Engine[M] {
	e := &Engine[M]{program: p, standardizer: preprocess.NewStandardizer(p.Function.Mean, p.Function.Std)}
	e.team = make(barrier, workers)
	e.workers = make([]*worker[M], workers)
	for k := range e.workers {
		if workers > 1 { // a single worker takes every call without the crew
			e.workers[k] = e.newWorker()
		}
	}
	callers := 2 * max(workers, runtime.GOMAXPROCS(0)) // at one time; more would wait for a core
	e.singles = newFreeList(callers, e.newWorker)
	e.batchBuffers = newFreeList(callers, func() *imageBuffers { return e.newImageBuffers(workers * p.Chunk) })
	e.oneBuffers = newFreeList(callers, func() *imageBuffers { return e.newImageBuffers(1) })
	e.crew = par.New(workers, e.work)
	return e
}

func (e *Engine[M]) newWorker() *worker[M] {
	w := &worker[M]{memory: e.program.NewMemory()}
	w.context.workspace = aligned(e.program.Workspace)
	return w
}

// size returns the elements of an input image.
func (e *Engine[M]) size() int {
	i := e.program.Input
	return i[0] * i[1] * i[2]
}
