//go:build unix

package fuzzbound

import (
	"syscall"
	"time"
)

// processorTime is what the process has used of all cores. Unlike the clock it does not run on
// while other processes do.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no cause: the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
