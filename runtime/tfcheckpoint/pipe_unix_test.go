//go:build unix

package tfcheckpoint

import (
	"strings"
	"syscall"
	"testing"
)

// TestPipe holds that a named pipe in the place of any file is refused, and its writer not waited
// for.
func TestPipe(t *testing.T) {
	b := newBundle(t, 1)
	b.add("w", 1, 0, shapeOf(1), []float32{1})
	if _, err := b.read(nil); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{ShardPath(b.prefix, 0, 1), IndexPath(b.prefix), b.prefix + ".d/" + StateName} {
		dir, _, found := strings.Cut(path, "/"+StateName)
		if found {
			if err := syscall.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		_ = syscall.Unlink(path) // the state's is not there
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		source := b.prefix
		if found {
			source = dir
		}
		if _, err := Read(source); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got error %v, want its path in it", path, err)
		}
	}
}
