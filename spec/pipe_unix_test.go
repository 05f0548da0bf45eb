//go:build unix

package spec_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
)

// TestPipe holds that a named pipe is refused, and its writer not waited for.
func TestPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "net.yaml")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := spec.Load(pipe); err == nil || !strings.Contains(err.Error(), pipe+": got a named pipe, want a file") {
		t.Errorf("got error %v, want that it is a named pipe", err)
	}
}
