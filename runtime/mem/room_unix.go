//go:build unix

package mem

import "golang.org/x/sys/unix"

// reservable reports whether the system would give the process so many bytes now, under its limits.
func reservable(bytes int) bool {
	block, err := unix.Mmap(-1, 0, bytes, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	return err == nil && unix.Munmap(block) == nil
}
