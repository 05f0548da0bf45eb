package engine

import (
	"runtime"
	"sync/atomic"

	"github.com/resnetgen/resnetgen/runtime/nn"
)

// Turn is what one worker does in one pass through the network: all rows of a chunk's images, or, where a team shares one image, its
// part of the rows.
type Turn struct {
	Images int     // from the first of the chunk on
	Part   nn.Part // of the rows of each

	workspace []float32
	team      *barrier // nil: the worker is alone
}

// Wait returns when the whole team has come here: what a layer has written may now be read.
func (t *Turn) Wait() {
	if t.team != nil {
		t.team.wait()
	}
}

// Leads reports whether the worker does what is not shared.
func (t *Turn) Leads() bool { return t.Part.Index == 0 }

// barrier lets a team wait for each other, some dozens of times for each image: too often to sleep.
type barrier struct {
	size    int64
	arrived atomic.Int64
	_       [64 - 8]byte // what waits reads on a line of its own
	rounds  atomic.Uint64
}

func (b *barrier) wait() {
	round := b.rounds.Load()
	if b.arrived.Add(1) == b.size {
		b.arrived.Store(0)
		b.rounds.Add(1)
		return
	}
	const looks = 64 // before others, maybe of this team, may have the core
	for i := 1; b.rounds.Load() == round; i++ {
		if i%looks == 0 {
			runtime.Gosched()
		}
	}
}
