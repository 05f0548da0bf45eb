package par

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestRunIsABarrier(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 3, 5, 16} {
		var counts [16]int
		var total atomic.Int64
		p := New(workers, func(worker int) {
			counts[worker]++
			total.Add(1)
		})
		const runs = 2000
		for r := 1; r <= runs; r++ {
			p.Run()
			if got, want := total.Load(), int64(r*p.Workers()); got != want {
				t.Fatalf("%d workers, run %d: got %d tasks done, want %d", workers, r, got, want)
			}
			if r%500 == 0 {
				time.Sleep(2 * time.Millisecond) // the helpers park
			}
		}
		for i := range p.Workers() {
			if counts[i] != runs {
				t.Errorf("%d workers: worker %d ran %d times, want %d", workers, i, counts[i], runs)
			}
		}
		p.Close()
	}
}

func TestSlowHelperIsAwaited(t *testing.T) {
	var finished atomic.Int64
	p := New(3, func(worker int) {
		if worker == 2 {
			time.Sleep(5 * time.Millisecond)
		}
		finished.Add(1)
	})
	defer p.Close()
	for r := int64(1); r <= 20; r++ {
		p.Run()
		if got := finished.Load(); got != 3*r {
			t.Fatalf("run %d: got %d tasks done, want %d", r, got, 3*r)
		}
	}
}

func TestCloseEndsTheHelpers(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		p := New(4, func(int) {})
		p.Run()
		p.Close()
		p.Close()
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			t.Fatalf("got %d goroutines, want the %d of before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	p := New(2, func(int) {})
	defer p.Close()
	if got := testing.AllocsPerRun(1000, p.Run); got != 0 {
		t.Errorf("got %v allocations a run, want 0", got)
	}
}

func BenchmarkRun(b *testing.B) {
	p := New(2, func(int) {})
	defer p.Close()
	for b.Loop() {
		p.Run()
	}
}

// TestLateWakers holds that each worker runs once a round, no less and no more, however late those
// come that wake others: many more workers than cores, which the scheduler interrupts everywhere.
func TestLateWakers(t *testing.T) {
	for _, spins := range []int{0, 1, 20} {
		const workers, rounds = 9, 3000
		var ran [workers]int
		p := newPool(workers, spins, func(worker int) {
			ran[worker]++
			for range (worker * 7) % 5 {
				runtime.Gosched()
			}
		})
		for round := 1; round <= rounds; round++ {
			p.Run()
			for worker, n := range ran {
				if n != round {
					t.Fatalf("spins %d, round %d: worker %d ran %d times", spins, round, worker, n)
				}
			}
		}
		p.Close()
	}
}
