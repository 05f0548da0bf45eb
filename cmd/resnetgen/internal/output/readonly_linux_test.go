package output

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWriteReadOnly holds that a folder without permission stays as it was, together with the one
// before it.
func TestWriteReadOnly(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, map[string]string{"a/network.go": header + "// old\n", "a/stale.go": header, "b/network.go": header + "// old\n"})
	before := tree(t, dir)
	locked := filepath.Join(dir, "b")
	if err := os.Chmod(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"network.go": header}
	folders := []*Folder{inspect(t, filepath.Join(dir, "a"), want), inspect(t, locked, want)}
	err := asOrdinaryUser(t, dir, func() error { return Write(folders) })
	if err == nil || !strings.Contains(err.Error(), "permission denied") || !strings.Contains(err.Error(), locked) {
		t.Errorf("got error %v, want permission denied in %s", err, locked)
	}
	if err := os.Chmod(locked, 0o755); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, tree(t, dir)); diff != "" {
		t.Errorf("after the refusal (-before +after):\n%s", diff)
	}
}

// asOrdinaryUser calls f without root's right to write everywhere, if the test runs as root: on a
// thread that opens files as the user nobody, to whom it gives dir.
func asOrdinaryUser(t *testing.T, dir string, f func() error) (err error) {
	t.Helper()
	if os.Geteuid() != 0 {
		return f()
	}
	const nobody = 65534
	for _, path := range []string{filepath.Dir(dir), dir, filepath.Join(dir, "a")} {
		if err := os.Chown(path, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETFSUID, nobody, 0, 0); errno != 0 {
			err = errno
			return
		}
		err = f()
	}()
	<-done
	return err
}
