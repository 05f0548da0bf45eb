package dataset

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
)

// TestClosedFolder lists the folders of classes as somebody who may not read one of them.
func TestClosedFolder(t *testing.T) {
	dir := folder(t, photos(t))
	closed := filepath.Join(dir, "train", "red")
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(closed, 0o755) //nolint:errcheck // so that it can be removed
	if os.Getuid() == 0 {         // who may read all: this thread is somebody else for files
		runtime.LockOSThread() // which ends with this test
		const nobody = 65534
		if err := errors.Join(os.Chmod(filepath.Dir(dir), 0o755), syscall.Setfsuid(nobody)); err != nil {
			t.Fatal(err)
		}
		defer syscall.Setfsuid(0) //nolint:errcheck // the thread ends
	}
	p, err := findImages(dir, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.train.bad) != 1 || p.train.bad[0].Path != closed || !slices.Equal(p.remarks.Empty, []string{"red"}) {
		t.Errorf("got %+v, want the folder", p.train.bad)
	}
}
