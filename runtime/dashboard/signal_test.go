//go:build unix

package dashboard

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/cli"
)

// TestCommandSignals holds that SIGINT and SIGTERM end the command with exit code 0, beside a page
// that reads nothing.
func TestCommandSignals(t *testing.T) {
	folder := t.TempDir()
	another(t, filepath.Join(folder, "one"))
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		address := port(t)
		var out bytes.Buffer
		var errOut lockedBuffer
		ended := make(chan int, 1)
		go func() {
			ended <- cli.Run(t.Context(), program, []string{"dashboard", folder, "--addr", address}, &out, &errOut)
		}()
		c := connected(t, address)
		if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), sent); err != nil {
			t.Fatal(err)
		}
		select {
		case code := <-ended:
			if code != 0 || out.Len() > 0 {
				t.Errorf("%v: got exit code %d, %q, want 0", sent, code, out.String())
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%v: the command goes on, want its end", sent)
		}
	}
}
