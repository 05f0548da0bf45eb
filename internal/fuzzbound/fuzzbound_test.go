package fuzzbound

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// record is a test that keeps what fails it.
type record struct {
	testing.TB
	failures []string
}

func (r *record) Helper() {}

func (r *record) Errorf(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

var sink []byte

// allocate takes memory in pieces, as a reader does that appends.
func allocate(n int) {
	for ; n > 0; n -= 1 << 10 {
		sink = make([]byte, 1<<10)
	}
}

func spin(d time.Duration) {
	for start := processorTime(); processorTime()-start < d; {
	}
}

// TestCheck holds that what is over a bound in each run fails, and nothing else.
func TestCheck(t *testing.T) {
	bound := Bound{Memory: 1 << 20, MemoryPerByte: 100, Time: 100 * time.Millisecond, TimePerByte: time.Microsecond}
	runs := 0
	for name, c := range map[string]struct {
		size int
		read func()
		want string // empty: it is within the bound
		runs int
	}{
		"nothing":               {0, func() {}, "", 1},
		"memory":                {0, func() { allocate(4 << 20) }, "bytes allocated, want at most 1048576", tries},
		"memory of an input":    {1 << 16, func() { allocate(4 << 20) }, "", 1},
		"time":                  {0, func() { spin(150 * time.Millisecond) }, "of processor time, want at most 100ms", tries},
		"time of an input":      {1e6, func() { spin(150 * time.Millisecond) }, "", 1},
		"once, by its neighbor": {0, func() { allocate((2 - runs) * 4 << 20) }, "", 2},
	} {
		r := &record{TB: t}
		runs = 0
		bound.Check(r, c.size, func() { runs++; c.read() })
		got := strings.Join(r.failures, "\n")
		if runs != c.runs || (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q after %d runs, want %q after %d", name, got, runs, c.want, c.runs)
		}
	}
}
