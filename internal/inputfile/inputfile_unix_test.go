//go:build unix

package inputfile

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipes holds that what is no file is refused, and nobody waited for.
func TestPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is scrap
	socket := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // nobody was answered
	for path, want := range map[string]string{
		pipe: "got a named pipe, want a file", socket: "got a socket, want a file", os.DevNull: "got a device, want a file",
	} {
		if _, err := Open(path, 1); err == nil || err.Error() != "open "+path+": "+want {
			t.Errorf("%s: got error %v, want %q", path, err, want)
		}
	}
}
