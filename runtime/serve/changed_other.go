//go:build !linux && !darwin

package serve

import (
	"os"
	"time"
)

// changed is unknown: a swapped file is found by its identity, size and time.
func changed(os.FileInfo) time.Time { return time.Time{} }
