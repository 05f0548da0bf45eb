package engine

import "github.com/resnetgen/resnetgen/runtime/par"

// WorkerContext is what one worker knows in a forward pass. Either it alone takes a chunk's images
// through the network, or a team of workers shares one image.
type WorkerContext struct {
	first     int      // of the images that a layer takes
	images    int      // that it takes: all of the chunk, or one
	chunk     int      // all images, while layers take one
	part      par.Part // of each image
	workspace []float32
	team      barrier // nil: the worker is alone
}

// Wait returns when all workers of the team have called it. Then each may read what the others have
// written.
func (ctx *WorkerContext) Wait() {
	if ctx.team != nil {
		ctx.team.wait(ctx.part.Index)
	}
}

// NextImage narrows the context to one image after the other. After the last, it widens it to all
// of them again and returns false.
func (ctx *WorkerContext) NextImage() bool {
	switch {
	case ctx.chunk == 0:
		ctx.first, ctx.images, ctx.chunk = 0, 1, ctx.images
	case ctx.first+1 < ctx.chunk:
		ctx.first++
	default:
		ctx.first, ctx.images, ctx.chunk = 0, ctx.chunk, 0
		return false
	}
	return true
}

// eachImage yields the images that a layer takes.
func (ctx *WorkerContext) eachImage(yield func(i int) bool) {
	for i := ctx.first; i < ctx.first+ctx.images && yield(i); i++ {
	}
}

// leads reports whether the worker is the one of its team that does what is not shared.
func (ctx *WorkerContext) leads() bool { return ctx.part.Index == 0 }
