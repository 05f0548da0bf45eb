package dashboard

import (
	"sync"
	"time"
)

// bandwidth measures the bytes a second that some threads read and write together where they copy memory that no cache
// holds: the best of several runs, some 50 ms in all.
func bandwidth(threads int) float64 {
	const size, runs = 32 << 20, 5
	from, to := make([]byte, size), make([]byte, size)
	copyAll(to, from, threads) // the system gives the pages now
	best := 0.0
	for range runs {
		start := time.Now()
		copyAll(to, from, threads)
		best = max(best, 2*size/time.Since(start).Seconds())
	}
	return best
}

func copyAll(to, from []byte, threads int) {
	var wait sync.WaitGroup
	for k := range threads {
		first, end := len(from)*k/threads, len(from)*(k+1)/threads
		wait.Go(func() { copy(to[first:end], from[first:end]) })
	}
	wait.Wait()
}
