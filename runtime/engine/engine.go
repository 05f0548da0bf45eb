package engine

import (
	"fmt"
	"image"
	"math"
	"runtime"
	"sync"

	"github.com/resnetgen/resnetgen/asm/cpu"
	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/par"
	"github.com/resnetgen/resnetgen/runtime/picture"
)

// Options are what a machine decides about a network: nothing in them changes a result's bits.
type Options struct {
	// Threads is the number of workers that share a call, at most 16; 0 means one for each usable core.
	Threads int
}

// Workers returns how many workers there are to be.
func (o Options) Workers() int {
	n := o.Threads
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	return min(n, abi.Groups)
}

// Check returns what is wrong with the environment's choice of kernels.
func Check() error { return cpu.Err() }

// Program is a network whose worker has a memory of type M.
type Program[M any] struct {
	Name      string
	Input     [3]int              // height, width, channels
	Function  checkpoint.Function // of its variables; pictures are standardized by its mean and deviation
	Classes   int
	Chunk     int              // images that a memory holds
	Workspace int              // float32 values that Winograd's convolutions need
	NewMemory func() *M        // all of it zero
	Images    func(*M) *Images // where images are put
	Logits    func(*M) *Images // where their logits are
	Forward   func(*Turn, *M)  // the network, all of whose layers are waited for
}

// Engine runs a program. Any number of goroutines may use it: one call at a time has the whole crew, the others, meanwhile, the
// goroutine that they come from.
type Engine[M any] struct {
	program      Program[M]
	gate         gate
	standardizer picture.Standardizer
	crew         *par.Pool
	workers      []*worker[M] // of the crew
	team         barrier
	call         call       // that the crew works on
	busy         sync.Mutex // held by the call that has the crew
	alone        pool[worker[M]]
	desks        pool[desk] // with room for all workers
	places       pool[desk] // for one picture
}

// call is images and where their logits go.
type call struct {
	images, logits []float32
	n              int
	shared         bool // there is one image, and all workers have part of it
}

// worker is a memory, and what its worker does with it.
type worker[M any] struct {
	memory *M
	turn   Turn
}

// New starts the workers of a program. It panics with a [mem.OutOfMemory] where there is no memory for them.
func New[M any](p Program[M], workers int) *Engine[M] {
	e := &Engine[M]{program: p, standardizer: picture.NewStandardizer(p.Function.Mean, p.Function.Std)}
	e.team = make(barrier, workers)
	e.workers = make([]*worker[M], workers)
	for k := range e.workers {
		if workers > 1 { // else every call is alone
			e.workers[k] = e.newWorker()
		}
	}
	callers := 2 * max(workers, runtime.GOMAXPROCS(0)) // that compute at one time; more would wait for a core
	e.alone = newPool(callers, e.newWorker)
	e.desks = newPool(callers, func() *desk { return e.newDesk(workers * p.Chunk) })
	e.places = newPool(callers, func() *desk { return e.newDesk(1) })
	e.crew = par.New(workers, e.work)
	return e
}

func (e *Engine[M]) newWorker() *worker[M] {
	w := &worker[M]{memory: e.program.NewMemory()}
	w.turn.workspace = aligned(e.program.Workspace)
	return w
}

// size returns the elements of an image.
func (e *Engine[M]) size() int {
	i := e.program.Input
	return i[0] * i[1] * i[2]
}

// Logits computes the logits, [n][classes], of n standardized images, [n][height][width][channels].
func (e *Engine[M]) Logits(dst, images []float32) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	return e.compute(dst, images)
}

// compute is Logits of a call that is on the way.
func (e *Engine[M]) compute(dst, images []float32) error {
	size, classes := e.size(), e.program.Classes
	n := len(images) / size
	if len(images) != n*size {
		return fmt.Errorf("%s: got %d values of images, want whole images of %d", e.program.Name, len(images), size)
	}
	if len(dst) != n*classes {
		return fmt.Errorf("%s: got room for %d logits, want %d of each of %d images", e.program.Name, len(dst), classes, n)
	}
	if n > 0 {
		return e.run(call{images: images, logits: dst, n: n})
	}
	return nil
}

func (e *Engine[M]) run(c call) error {
	if len(e.workers) > 1 && !e.busy.TryLock() || len(e.workers) == 1 {
		w, err := e.alone.take()
		if err != nil {
			return fmt.Errorf("%s: %w", e.program.Name, err)
		}
		e.pass(w, c, par.Range{First: 0, End: c.n})
		e.alone.give(w)
		return nil
	}
	defer e.busy.Unlock()
	if c.n >= len(e.workers) || len(e.workers) > runtime.GOMAXPROCS(0) {
		e.call = c
		e.crew.Run()
	} else {
		for i := range c.n {
			e.call = call{e.image(&c, i), e.logits(&c, i), 1, true}
			e.input(e.workers[0], &e.call, 0, 1)
			e.crew.Run()
			e.output(e.workers[0], &e.call, 0, 1)
		}
	}
	e.call = call{}
	return nil
}

func (e *Engine[M]) image(c *call, i int) []float32 { return c.images[i*e.size():][:e.size()] }

func (e *Engine[M]) logits(c *call, i int) []float32 {
	return c.logits[i*e.program.Classes:][:e.program.Classes]
}

// work is one worker's part of the crew's call: some of the images, or some rows of the only one.
func (e *Engine[M]) work(k int) {
	w, part := e.workers[k], par.Part{Index: k, Of: len(e.workers)}
	if !e.call.shared {
		e.pass(w, e.call, part.Range(e.call.n))
		return
	}
	w.turn.Images, w.turn.Part, w.turn.team = 1, part, e.team
	e.program.Forward(&w.turn, e.workers[0].memory)
}

// pass takes images through the network, chunk by chunk.
func (e *Engine[M]) pass(w *worker[M], c call, images par.Range) {
	for first := images.First; first < images.End; first += e.program.Chunk {
		end := min(first+e.program.Chunk, images.End)
		e.input(w, &c, first, end)
		w.turn.Images, w.turn.Part, w.turn.team = end-first, par.Part{Index: 0, Of: 1}, nil
		e.program.Forward(&w.turn, w.memory)
		e.output(w, &c, first, end)
	}
}

func (e *Engine[M]) input(w *worker[M], c *call, first, end int) {
	for i := first; i < end; i++ {
		e.program.Images(w.memory).Put(i-first, e.image(c, i))
	}
}

func (e *Engine[M]) output(w *worker[M], c *call, first, end int) {
	for i := first; i < end; i++ {
		copy(e.logits(c, i), e.program.Logits(w.memory).At(i-first))
	}
}

// desk is where a call makes images of pictures.
type desk struct {
	fitter         *picture.Fitter
	images, logits []float32
	one            [1]image.Image
}

// newDesk returns a desk with room for n pictures.
func (e *Engine[M]) newDesk(n int) *desk {
	return &desk{
		fitter: picture.NewFitter(e.program.Input),
		images: aligned(n * e.size()), logits: aligned(n * e.program.Classes),
	}
}

// Picture computes the logits, [classes], of a picture of any size.
func (e *Engine[M]) Picture(dst []float32, p image.Image) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	d, err := e.places.take()
	if err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.places.give(d)
	d.one[0] = p
	defer func() { d.one[0] = nil }()
	if err := e.classify(d, d.one[:], 0); err != nil {
		return err
	}
	copy(dst, d.logits[:e.program.Classes])
	return nil
}

// Pictures calls put with the logits of each of the pictures, which may have any size: the centre counts, resized to the network's
// input and standardized, as the trainer takes them.
func (e *Engine[M]) Pictures(pictures []image.Image, put func(i int, logits []float32)) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	d, err := e.desks.take()
	if err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.desks.give(d)
	classes := e.program.Classes
	most := len(d.logits) / classes
	for first := 0; first < len(pictures); first += most {
		n := min(most, len(pictures)-first)
		if err := e.classify(d, pictures[first:first+n], first); err != nil {
			return err
		}
		for i := range n {
			put(first+i, d.logits[i*classes:][:classes])
		}
	}
	return nil
}

// classify computes the logits of no more pictures than a desk has room for, the first of which is number first to the caller.
func (e *Engine[M]) classify(d *desk, pictures []image.Image, first int) error {
	if channels := e.program.Input[2]; channels != 1 && channels != 3 {
		return fmt.Errorf("%s: got pictures for a network of %d channels, want 1 or 3", e.program.Name, channels)
	}
	size := e.size()
	for i, p := range pictures {
		if err := picture.Check(p); err != nil {
			return fmt.Errorf("picture %d: %w", first+i, err)
		}
		bytes, _ := d.fitter.Fit(p)
		e.standardizer.Standardize(d.images[i*size:][:size], bytes)
	}
	n, classes := len(pictures), e.program.Classes
	logits := d.logits[:n*classes]
	if err := e.compute(logits, d.images[:n*size]); err != nil {
		return err
	}
	for i, z := range logits {
		if math.IsNaN(float64(z)) || math.IsInf(float64(z), 0) {
			return fmt.Errorf("picture %d: got a logit of %g for class %d, want numbers: %w", first+i/classes, z, i%classes, ErrDiverged)
		}
	}
	return nil
}

// pool keeps what has been made for a call for the next one, and lets no more than its limit be in use: others wait.
type pool[T any] struct {
	make   func() *T
	tokens chan struct{}
	lock   sync.Mutex
	free   []*T
}

func newPool[T any](limit int, newT func() *T) pool[T] {
	return pool[T]{make: newT, tokens: make(chan struct{}, limit), free: make([]*T, 0, limit)}
}

// take returns one, made now if all are in use. Its error is that there is no memory for another.
func (p *pool[T]) take() (t *T, err error) {
	p.tokens <- struct{}{}
	p.lock.Lock()
	defer p.lock.Unlock()
	if n := len(p.free); n > 0 {
		t = p.free[n-1]
		p.free = p.free[:n-1]
		return t, nil
	}
	if t, err = p.another(); err != nil {
		<-p.tokens
	}
	return t, err
}

func (p *pool[T]) another() (_ *T, err error) {
	defer mem.Recover(&err)
	return p.make(), nil
}

func (p *pool[T]) give(t *T) {
	p.lock.Lock()
	p.free = append(p.free, t)
	p.lock.Unlock()
	<-p.tokens
}
