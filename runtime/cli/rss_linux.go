package cli

import "golang.org/x/sys/unix"

// peakRSS returns the most memory that the process has had, in bytes.
func peakRSS() int64 {
	var usage unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return usage.Maxrss << 10
}
