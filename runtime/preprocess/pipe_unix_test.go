//go:build unix

package preprocess

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipe holds that a named pipe is refused, and its writer not waited for.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe.png")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(pipe); err == nil || !strings.Contains(err.Error(), "got a named pipe") {
		t.Errorf("got error %v, want that it is no file", err)
	}
}
