package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestLock refuses a second trainer in a run's folder, also when the lock's file was deleted,
// replaced or damaged, and lets one go on when the first has ended.
func TestLock(t *testing.T) {
	for name, meddle := range map[string]func(path string) error{
		"nothing": func(string) error { return nil },
		"deleted": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
		},
		"garbage":  func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o600) },
		"a folder": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
	} {
		out := filepath.Join(t.TempDir(), "run")
		lock, err := runs.Folder(out).Lock()
		if err != nil {
			t.Fatal(err)
		}
		if err := meddle(filepath.Join(out, "lock")); err != nil {
			t.Fatal(err)
		}
		o := options(out, &recorder{})
		o.Steps = 1
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "in use by another trainer or evaluator") {
			t.Fatalf("%s: got error %v, want that another trainer is at work", name, err)
		}
		lock.Release()
		if _, err := Run(t.Context(), o); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// TestLockIsTakenAgain holds that a trainer makes the lock's file again if that was deleted,
// against trainers that know no other lock.
func TestLockIsTakenAgain(t *testing.T) {
	out := runs.Folder(filepath.Join(t.TempDir(), "run"))
	o := options(string(out), &recorder{at: 3, do: func() {
		if err := os.Remove(out.Path("lock")); err != nil {
			t.Error(err)
		}
	}})
	o.Epochs = 1
	if _, err := Run(t.Context(), o); err != nil || !exists(out.Path("lock")) {
		t.Errorf("got error %v, and the file: %t, want it", err, exists(out.Path("lock")))
	}
}

// TestFolderOfAnotherRun holds that a trainer whose folder was deleted writes nothing into that of
// a run begun there meanwhile, neither while that goes on nor when it has ended.
func TestFolderOfAnotherRun(t *testing.T) {
	out := runs.Folder(filepath.Join(t.TempDir(), "run"))
	ctx, cancel := context.WithCancel(t.Context())
	other := options(string(out), &recorder{})
	other.Seed, other.Epochs = 4, 1
	first := options(string(out), &recorder{at: 3, do: func() {
		if err := os.RemoveAll(string(out)); err != nil {
			t.Error(err)
		}
		if _, err := Run(t.Context(), other); err != nil {
			t.Errorf("the other run: %v", err)
		}
		cancel()
	}})
	var f *runs.Failure
	if _, err := Run(ctx, first); !errors.As(err, &f) || !strings.Contains(err.Error(), "got the folder of another run") {
		t.Errorf("got error %v, want that the folder is another run's", err)
	}
	if steps, err := out.Steps(); err != nil || len(steps) != 1 || steps[0] != 7 {
		t.Errorf("got checkpoints %v (%v), want the other run's alone", steps, err)
	}
}
