//go:build unix

package dataset

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipe holds that a named pipe in a file's place is refused, and its writer not waited for.
func TestPipe(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"train" + labels:   {"train" + images: tinyIDX()["train"+images], "t10k" + images: idx([]byte{9}, 1, 1, 1), "t10k" + labels: idx([]byte{1}, 1)},
		"data_batch_1.bin": {"test_batch.bin": cifarRecord(1)},
		"train.bin":        {"test.bin": cifarRecord(1, 2)},
	} {
		dir := folder(t, files)
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), name+": got a named pipe, want a file") {
			t.Errorf("%s: got error %v, want that it is a named pipe", name, err)
		}
		if r, err := Check(dir, Options{}); err != nil || len(r.Bad) != 1 {
			t.Errorf("%s: checked: got %v, error %v, want one bad file", name, r, err)
		}
	}
}
