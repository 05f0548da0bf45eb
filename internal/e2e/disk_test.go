//go:build campaign && linux

package e2e

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// disk mounts a file system that four checkpoints fit on.
func disk(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Fatalf("mount a tmpfs: %v; want to be root in a mount namespace, as make test-faults does", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil && !errors.Is(err, syscall.EINVAL) {
			t.Error(err)
		}
	})
	return dir
}

// fill leaves a disk no room.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(ballast(dir), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func ballast(dir string) string { return filepath.Join(dir, "ballast") }

func empty(t *testing.T, dir string) {
	t.Helper()
	if err := os.Remove(ballast(dir)); err != nil {
		t.Fatal(err)
	}
}
