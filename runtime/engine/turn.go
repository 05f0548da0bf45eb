package engine

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/resnetgen/resnetgen/runtime/par"
)

// Turn is what one worker does in one pass through the network: all rows of a chunk's images, or, where a team shares one image, its
// part of the rows.
type Turn struct {
	Images int      // from the first of the chunk on
	Part   par.Part // of the rows of each

	workspace []float32
	team      barrier // nil: the worker is alone
}

// Wait returns when the whole team has come here: what a layer has written may now be read.
func (t *Turn) Wait() {
	if t.team != nil {
		t.team.wait(t.Part.Index)
	}
}

// Leads reports whether the worker does what is not shared.
func (t *Turn) Leads() bool { return t.Part.Index == 0 }

// barrier lets a team wait for each other, some dozens of times for each image: too often to sleep. Each worker counts its own
// arrivals on a cache line that it alone writes, and reads the others': one way from core to core, where a common counter takes
// three.
type barrier []arrivals

type arrivals struct {
	count atomic.Uint64
	_     [128 - 8]byte // lines come in pairs
}

func (b barrier) wait(worker int) {
	const (
		looks  = 1 << 12 // before others, maybe of this team, may have the core: some microseconds
		yields = 8       // of these before the system may give it to another program: one of the team's has lost its core to it
	)
	round := b[worker].count.Add(1)
	for k := range b {
		for i := 1; b[k].count.Load() < round; i++ {
			switch {
			case i%looks != 0:
			case i <= yields*looks:
				runtime.Gosched()
			default:
				time.Sleep(10 * time.Microsecond)
			}
		}
	}
}
