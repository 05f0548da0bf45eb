package serve

import (
	"os"
	"syscall"
	"time"
)

// changed is when a file's status changed last: nobody can set that time.
func changed(info os.FileInfo) time.Time {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(s.Ctimespec.Unix())
	}
	return time.Time{}
}
