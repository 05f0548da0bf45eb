package serve

import (
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/budget"
)

// Limits keep a server answering.
type Limits struct {
	MaxBatch       int           // images that the model gets at one time
	MaxDelay       time.Duration // how long the first image of a batch waits for others
	MaxQueue       int           // images that wait
	MaxBody        int64         // bytes
	MaxMemory      int64         // bytes of all requests in flight: bodies, pixels, tensors, replies; 0: LeastMemory
	MaxRequests    int           // that are read or answered at one time
	MaxConnections int
	ReadTimeout    time.Duration // from a request's first byte until all of it has been read
	Timeout        time.Duration // from a request's first byte until its answer
	Drain          time.Duration // how long requests in flight may take at the end
	DrainDelay     time.Duration // how long connections are still taken after the end has been announced
	Poll           time.Duration // from one look for a new checkpoint to the next; 0: none
}

// DefaultLimits are the command's.
var DefaultLimits = Limits{
	MaxBatch: 64, MaxDelay: 2 * time.Millisecond, MaxQueue: 1024, MaxBody: 16 << 20, MaxRequests: 256, MaxConnections: 1024,
	ReadTimeout: 10 * time.Second, Timeout: 10 * time.Second, Drain: 30 * time.Second, Poll: 10 * time.Second,
}

// reservedFiles are file descriptors for other uses than connections: checkpoints, and what the
// program was started with.
const reservedFiles = 64

// MinMemory returns the least memory by which bodies of MaxBody bytes can be read, and by default
// images of usual cameras decoded.
func (l *Limits) MinMemory() int64 { return max(160<<20, 10*l.MaxBody) }

// newBudget returns what enforces the limits.
func (l *Limits) newBudget() (*budget.Guard, *budget.Memory) {
	guard := &budget.Guard{
		Connections: budget.NewConnections(l.MaxConnections, reservedFiles), ReadTimeout: l.ReadTimeout, Timeout: l.Timeout,
	}
	memory := l.MaxMemory
	if memory == 0 {
		memory = l.MinMemory()
	}
	return guard, budget.NewMemory(memory, l.places(guard), guard.EvictStalled)
}

// places is how many requests are read or answered at one time: fewer than there are connections,
// so that there is one to refuse others on.
func (l *Limits) places(guard *budget.Guard) int {
	return min(l.MaxRequests, max(guard.Limit()*3/4, 1))
}
