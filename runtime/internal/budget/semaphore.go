package budget

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pressEvery is how often a claim that waits takes back what others hold in vain.
const pressEvery = 100 * time.Millisecond

// Semaphore lets claims in up to a limit. Of those that wait, the newest is next. Under overload
// each claim has a deadline: the newest has the best chance to meet it, while in order of arrival
// all would be served just too late. That order is why this is not golang.org/x/sync/semaphore.
type Semaphore struct {
	limit      int64
	maxWaiting int
	press      func()

	mu      sync.Mutex
	used    int64
	waiting []*waiter // the newest last
}

type waiter struct {
	n   int64
	in  chan struct{} // closed when its wait has ended
	err error         // then: why it is not let in
}

// NewSemaphore returns one of a limit. At most maxWaiting claims wait, at least 1: one more takes
// the place of the oldest. While a claim waits, press is called from time to time, unless it is
// nil.
func NewSemaphore(limit int64, maxWaiting int, press func()) *Semaphore {
	if press == nil {
		press = func() {}
	}
	return &Semaphore{limit: limit, maxWaiting: max(maxWaiting, 1), press: press}
}

// Acquire waits until n are free, and takes them. The error is ctx's, or [ErrBusy] if too many
// newer ones wait.
func (s *Semaphore) Acquire(ctx context.Context, n int64) error {
	s.mu.Lock()
	if s.used+n <= s.limit {
		s.used += n
		s.mu.Unlock()
		return nil
	}
	w := &waiter{n: n, in: make(chan struct{})}
	if len(s.waiting) == s.maxWaiting {
		s.waiting[0].err = ErrBusy
		close(s.waiting[0].in)
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
	s.waiting = append(s.waiting, w)
	s.mu.Unlock()
	tick := time.NewTicker(pressEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.in:
			return w.err
		case <-ctx.Done():
			return s.abandon(w, ctx.Err())
		case <-tick.C:
			s.press()
		}
	}
}

// abandon ends a wait. One that was let in at this moment stays in.
func (s *Semaphore) abandon(w *waiter, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.waiting, w)
	if i < 0 {
		return w.err
	}
	s.waiting = slices.Delete(s.waiting, i, i+1)
	s.admit() // the next one may be smaller
	return err
}

// Release returns n.
func (s *Semaphore) Release(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used -= n
	s.admit()
}

func (s *Semaphore) admit() {
	for k := len(s.waiting) - 1; k >= 0 && s.used+s.waiting[k].n <= s.limit; k-- {
		s.used += s.waiting[k].n
		close(s.waiting[k].in)
		s.waiting = s.waiting[:k]
	}
}
