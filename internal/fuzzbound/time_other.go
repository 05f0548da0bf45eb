//go:build !unix

package fuzzbound

import "time"

var started = time.Now()

// processorTime is the clock's, where the system does not say how much of it the process had.
func processorTime() time.Duration { return time.Since(started) }
