//go:build unix

package asmtest

import "golang.org/x/sys/unix"

// reserve returns memory that cannot be read or written until it is opened.
func reserve(bytes int) ([]byte, error) {
	return unix.Mmap(-1, 0, bytes, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
}

func release(memory []byte) error { return unix.Munmap(memory) }

func open(pages []byte) error { return unix.Mprotect(pages, unix.PROT_READ|unix.PROT_WRITE) }

func seal(pages []byte) error { return unix.Mprotect(pages, unix.PROT_NONE) }
