package engine

import (
	"runtime"
	"sync/atomic"
	"time"
)

// barrier lets the workers of a team wait for each other, some dozens of times for each image: too
// often to sleep. Each worker counts its arrivals on a cache line that only it writes, and reads
// those of the others. That takes one transfer between cores, where a common counter takes three.
type barrier []arrivals

type arrivals struct {
	count atomic.Uint64
	_     [128 - 8]byte // lines come in pairs
}

func (b barrier) wait(worker int) {
	const (
		looks  = 1 << 12 // before other goroutines may have the core: some microseconds
		yields = 8       // before other programs may have it: a worker of the team has lost its core to one
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
