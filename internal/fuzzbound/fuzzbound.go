// Package fuzzbound holds the readers of outside input to a bound on memory and on time, in fuzz
// targets and tests.
package fuzzbound

import (
	"runtime"
	"testing"
	"time"
)

// Bound is what a function may take for an input: a part that any input may take, and a part for
// each of its bytes.
type Bound struct {
	Memory        int64 // bytes allocated, also those that are freed again
	MemoryPerByte int64
	Time          time.Duration // processor time of all cores
	TimePerByte   time.Duration
}

// Default fits most readers: no more than a few copies of the input, and no step of more than
// linear time.
var Default = Bound{Memory: 1 << 20, MemoryPerByte: 64, Time: time.Second, TimePerByte: 10 * time.Microsecond}

// tries is how often a function runs before it fails: what the garbage collector, another goroutine
// or the machine's load add once, they do not add each time.
const tries = 3

// Check runs read, which reads an input of size bytes, and fails t where it takes more than the
// bound. A run over the bound is repeated, so read has to come to the same result each time; its
// last run is the one that counts.
func (b Bound) Check(t testing.TB, size int, read func()) {
	t.Helper()
	memory := b.Memory + int64(size)*b.MemoryPerByte
	limit := b.Time + time.Duration(size)*b.TimePerByte
	var allocated int64
	var took time.Duration
	for range tries {
		if allocated, took = measure(read); allocated <= memory && took <= limit {
			return
		}
		runtime.GC()
	}
	if allocated > memory {
		t.Errorf("an input of %d bytes: got %d bytes allocated, want at most %d", size, allocated, memory)
	}
	if took > limit {
		t.Errorf("an input of %d bytes: got %v of processor time, want at most %v", size, took, limit)
	}
}

// measure returns the bytes that the process allocates while read runs, and its processor time.
func measure(read func()) (allocated int64, took time.Duration) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processorTime()
	read()
	took = processorTime() - start
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc), took
}
