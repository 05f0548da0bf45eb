//go:build campaign

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// run is a trainer at work.
type run struct {
	output
	process *exec.Cmd
	ended   chan struct{}
	out     runs.Folder
}

// end waits for the run's end and returns its exit code and all that it has said.
func (r *run) end() (code int, text string) {
	<-r.ended
	return r.process.ProcessState.ExitCode(), r.String()
}

// until waits for a condition, doing something meanwhile.
func (r *run) until(t *testing.T, what string, meanwhile func(), holds func() bool) {
	t.Helper()
	for !holds() {
		select {
		case <-r.ended:
			t.Fatalf("got the run's end, want %s before\n%s", what, r.String())
		case <-time.After(5 * time.Millisecond):
			meanwhile()
		}
	}
}

// begun waits for the run's first checkpoint.
func (r *run) begun(t *testing.T) {
	t.Helper()
	r.until(t, "its first checkpoint", func() {}, func() bool {
		_, err := os.Stat(r.out.Checkpoint(2))
		return err == nil
	})
}

// says waits until the run says something.
func (r *run) says(t *testing.T, what string, meanwhile func()) {
	t.Helper()
	r.until(t, fmt.Sprintf("%q", what), meanwhile, func() bool { return strings.Contains(r.String(), what) })
}

// whole fails unless every file of a run's folder is whole.
func whole(t *testing.T, out runs.Folder) {
	t.Helper()
	if left := unfinished(string(out)); len(left) > 0 {
		t.Errorf("got %q left, want nothing half-written", left)
	}
	steps, err := out.Steps()
	if err != nil {
		t.Error(err)
	}
	for _, step := range steps {
		if _, err := checkpoint.Read(out.Checkpoint(step)); err != nil {
			t.Error(err)
		}
	}
}

// unfinished lists the temporary files in a run's folder.
func unfinished(out string) []string {
	files, _ := filepath.Glob(filepath.Join(out, ".*"))
	checkpoints, _ := filepath.Glob(filepath.Join(out, "checkpoints", ".*"))
	return append(files, checkpoints...) // the patterns are right: there are no errors
}
