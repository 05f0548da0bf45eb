package budget

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// await waits until something holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: it does not come", what)
}

func (s *Semaphore) queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// TestSemaphore holds that the newest that waits is let in first, and that nobody is let in beyond
// the limit.
func TestSemaphore(t *testing.T) {
	s := NewSemaphore(3, 4, nil)
	if err := s.Acquire(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var order []int
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			if err := s.Acquire(t.Context(), 2); err != nil {
				t.Error(err)
			}
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			s.Release(2)
		})
		await(t, "one that waits", func() bool { return s.queued() == i+1 })
	}
	s.Release(1)
	if n := s.queued(); n != 4 {
		t.Errorf("got %d that wait for 2 of 1, want 4", n)
	}
	s.Release(2)
	all.Wait()
	if !slices.Equal(order, []int{3, 2, 1, 0}) || s.used != 0 {
		t.Errorf("got order %v, %d in use, want the newest first, and none", order, s.used)
	}
}

// TestSemaphoreGivesUp holds that a wait ends with its context, and does not hold up a smaller one.
func TestSemaphoreGivesUp(t *testing.T) {
	pressed := make(chan bool, 100)
	s := NewSemaphore(3, 2, func() { pressed <- true })
	if err := s.Acquire(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	small, large := make(chan error, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	go func() { small <- s.Acquire(t.Context(), 1) }()
	await(t, "the small one", func() bool { return s.queued() == 1 })
	go func() { large <- s.Acquire(ctx, 3) }()
	await(t, "the large one", func() bool { return s.queued() == 2 })
	s.Release(1)
	<-pressed
	cancel()
	if err := <-large; !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	if err := <-small; err != nil {
		t.Error(err)
	}
}

// TestMemory holds how much of each part may be claimed, and that large claims do not keep small
// ones waiting.
func TestMemory(t *testing.T) {
	m := NewMemory(100<<20, 8, nil)
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	var claims []*Claim
	for part, limit := range map[Part]int64{Bodies: 20 << 20, Work: 60 << 20} {
		if got := m.Limit(part); got != limit {
			t.Errorf("part %d: got a limit of %d, want %d", part, got, limit)
		}
		var large *TooLargeError
		if _, err := m.Claim(t.Context(), part, limit+1); !errors.As(err, &large) || large.Limit != limit {
			t.Errorf("part %d: got error %v, want the limit %d", part, err, limit)
		}
		all, err := m.Claim(t.Context(), part, limit)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Claim(expired, part, 2<<20); !errors.Is(err, ErrBusy) || !errors.Is(err, context.Canceled) {
			t.Errorf("part %d: got error %v, want %v", part, err, ErrBusy)
		}
		small, err := m.Claim(expired, part, SmallBody)
		if err != nil {
			t.Errorf("part %d: a small claim: %v", part, err)
		}
		claims = append(claims, all, small)
	}
	if got, want := m.Claimed(), int64(80<<20+2*SmallBody); got != want {
		t.Errorf("got %d bytes claimed, want %d", got, want)
	}
	claims[0].Shrink(5)
	claims[0].Shrink(7)
	if got, want := claims[0].n, int64(5); got != want {
		t.Errorf("got a claim of %d bytes, want %d", got, want)
	}
	for _, c := range claims {
		c.Release()
		c.Release()
	}
	if got := m.Claimed(); got != 0 {
		t.Errorf("got %d bytes claimed, want none", got)
	}
}

// TestMemoryCollects holds that what was released is collected before as much is allocated again.
func TestMemoryCollects(t *testing.T) {
	m := NewMemory(100<<20, 8, nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 3 {
		c, err := m.Claim(t.Context(), Work, 60<<20)
		if err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
	if runtime.ReadMemStats(&after); after.NumForcedGC-before.NumForcedGC != 2 {
		t.Errorf("got %d collections, want 2", after.NumForcedGC-before.NumForcedGC)
	}
}

// TestSemaphoreIsNotALongQueue holds that the oldest goes when too many wait.
func TestSemaphoreIsNotALongQueue(t *testing.T) {
	const maxWaiting = 5
	s := NewSemaphore(1, maxWaiting, nil)
	if err := s.Acquire(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	oldest, others := make(chan error, 1), make(chan error, maxWaiting)
	go func() { oldest <- s.Acquire(t.Context(), 1) }()
	await(t, "one that waits", func() bool { return s.queued() == 1 })
	for range maxWaiting {
		go func() { others <- s.Acquire(t.Context(), 1) }()
	}
	if err := <-oldest; !errors.Is(err, ErrBusy) {
		t.Errorf("got error %v, want %v", err, ErrBusy)
	}
	for range maxWaiting {
		s.Release(1)
		if err := <-others; err != nil {
			t.Error(err)
		}
	}
}

// TestMemoryQueues holds that claims that wait do not take all places for requests.
func TestMemoryQueues(t *testing.T) {
	const places = 8
	m := NewMemory(100<<20, places, nil)
	for size, most := range map[int64]int{SmallWork: 2, 60 << 20: 2} {
		var held []*Claim
		for range max(10<<20/size, 1) {
			c, err := m.Claim(t.Context(), Work, size)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, c)
		}
		ends := make(chan error, places+1)
		for range most + 1 {
			go func() {
				c, err := m.Claim(t.Context(), Work, size)
				c.Release()
				ends <- err
			}()
		}
		if err := <-ends; !errors.Is(err, ErrBusy) {
			t.Errorf("claims of %d bytes: got error %v of one more than %d that wait, want %v", size, err, most, ErrBusy)
		}
		for _, c := range held {
			c.Release()
		}
		for range most {
			if err := <-ends; err != nil {
				t.Error(err)
			}
		}
	}
}
