// Package budget bounds what the clients of an HTTP server can take of it: bytes in flight, time,
// connections and file descriptors. The prediction server and the training dashboard share it.
package budget

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// Part is a part of a server's memory. A request claims a body first and work second, and never the
// other way round. So two requests cannot wait for what the other one holds.
type Part int

// The parts.
const (
	Bodies Part = iota // bytes of requests, as they came
	Work               // what is made of them: pixels, tensors, replies
	parts
)

// Claims of at most this many bytes are small. Small claims have memory of their own, so that large
// ones cannot keep them waiting.
const (
	SmallBody = 64 << 10
	SmallWork = 1 << 20
)

// The percentage of a server's memory that each part has for small and for large claims.
var shares = [parts][2]int64{Bodies: {10, 20}, Work: {10, 60}}

// Memory bounds the bytes that a server's requests take. Each claims what it needs before it
// allocates it.
type Memory struct {
	limit int64
	pools [parts][2]*Semaphore // for small claims, for large ones

	mu      sync.Mutex
	claimed int64
	garbage int64 // released since the last collection
}

// MaxWaiting returns how many claims for memory may wait, where there are places for so many
// requests. Those that wait for memory do not take all places: the others are of requests whose
// clients can lose theirs.
func MaxWaiting(places int) int { return places / 4 }

// NewMemory returns memory of limit bytes for the requests that have a place. While a claim waits,
// press is called from time to time. It may take memory back from requests whose clients do not
// move.
func NewMemory(limit int64, places int, press func()) *Memory {
	m := &Memory{limit: limit}
	for part, s := range shares {
		for k, percent := range s {
			m.pools[part][k] = NewSemaphore(limit/100*percent, MaxWaiting(places), press)
		}
	}
	return m
}

// TooLargeError says that a claim is larger than what there is.
type TooLargeError struct{ Bytes, Limit int64 }

// Error says what was asked for and what there is.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("got %d bytes of memory, want at most %d", e.Bytes, e.Limit)
}

// ErrBusy says that a claim has waited in vain.
var ErrBusy = errors.New("got too many bytes in flight, want fewer: try again later")

// Limit returns how many bytes the largest claim of a part may have.
func (m *Memory) Limit(part Part) int64 { return m.pools[part][1].limit }

// Claim is bytes that a request has claimed.
type Claim struct {
	memory *Memory
	pool   *Semaphore
	n      int64
}

// Claim waits until n bytes of a part are free, and takes them. The error is a [TooLargeError], or
// [ErrBusy], which may be joined with ctx's.
func (m *Memory) Claim(ctx context.Context, part Part, n int64) (*Claim, error) {
	pool := m.pools[part][1]
	if part == Bodies && n <= SmallBody || part == Work && n <= SmallWork {
		pool = m.pools[part][0]
	}
	if n > pool.limit {
		return nil, &TooLargeError{n, pool.limit}
	}
	if err := pool.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	m.take(n)
	return &Claim{m, pool, n}, nil
}

// Shrink releases all but n bytes. It may be called by several goroutines; a nil claim has none.
func (c *Claim) Shrink(n int64) {
	if c == nil {
		return
	}
	c.memory.mu.Lock()
	freed := max(c.n-n, 0)
	c.n -= freed
	c.memory.claimed -= freed
	c.memory.garbage += freed
	c.memory.mu.Unlock()
	if freed > 0 {
		c.pool.Release(freed)
	}
}

// Release releases all bytes. It may be called twice.
func (c *Claim) Release() { c.Shrink(0) }

// take counts a claim. Released memory stays allocated until a collection. So a large claim
// collects first if its bytes, what is claimed and what was released would together be over the
// limit.
func (m *Memory) take(n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > SmallWork && m.garbage > 0 && m.claimed+m.garbage+n > m.limit {
		runtime.GC()
		m.garbage = 0
	}
	m.claimed += n
}

// Claimed returns how many bytes are claimed.
func (m *Memory) Claimed() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.claimed
}
