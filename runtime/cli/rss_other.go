//go:build !linux

package cli

import "runtime"

// peakRSS returns the memory that Go has from the system, in bytes: what comes next to the peak.
func peakRSS() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
