package engine

import (
	"fmt"
	"runtime"

	"github.com/resnetgen/resnetgen/runtime/par"
)

// Logits computes the logits, [n][classes], of n standardized images, [n][height][width][channels].
func (e *Engine[M]) Logits(dst, images []float32) error {
	if err := e.gate.enter(); err != nil {
		return fmt.Errorf("%s: %w", e.program.Name, err)
	}
	defer e.leave()
	return e.compute(dst, images)
}

// compute is [Engine.Logits] after the gate.
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

// run computes a call on the crew if that is free, else on the caller's goroutine. With fewer
// images than workers, the crew shares each image.
func (e *Engine[M]) run(c call) error {
	if len(e.workers) > 1 && !e.crewLock.TryLock() || len(e.workers) == 1 {
		w, err := e.singles.take()
		if err != nil {
			return fmt.Errorf("%s: %w", e.program.Name, err)
		}
		e.pass(w, c, par.Range{First: 0, End: c.n})
		e.singles.give(w)
		return nil
	}
	defer e.crewLock.Unlock()
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

// work is worker k's part of the crew's call: some of the images, or part of the only one.
func (e *Engine[M]) work(k int) {
	w, part := e.workers[k], par.Part{Index: k, Of: len(e.workers)}
	if !e.call.shared {
		e.pass(w, e.call, part.Range(e.call.n))
		return
	}
	w.context.images, w.context.part, w.context.team = 1, part, e.team
	e.program.Forward(&w.context, e.workers[0].memory)
}

// pass takes a run of images through the network on one worker, chunk by chunk.
func (e *Engine[M]) pass(w *worker[M], c call, images par.Range) {
	for first := images.First; first < images.End; first += e.program.Chunk {
		end := min(first+e.program.Chunk, images.End)
		e.input(w, &c, first, end)
		w.context.images, w.context.part, w.context.team = end-first, par.Part{Index: 0, Of: 1}, nil
		e.program.Forward(&w.context, w.memory)
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
