package engine

import "github.com/resnetgen/resnetgen/runtime/par"

// WorkerContext is what one worker knows in a forward pass. Either it alone takes a chunk's images
// through the network, or a team of workers shares one image.
type WorkerContext struct {
	images    int      // of the chunk, from its first on
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

// leads reports whether the worker is the one of its team that does what is not shared.
func (ctx *WorkerContext) leads() bool { return ctx.part.Index == 0 }
