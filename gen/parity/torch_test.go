//go:build tools

package parity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/resnetgen/resnetgen/internal/oracle"
)

const python = "/usr/bin/python3" // Debian's: python3-torch installs for no other

// torchDone runs PyTorch on the shared fixture, once.
var torchDone = sync.OnceValue(func() error {
	f, err := shared()
	if err != nil {
		return err
	}
	return f.runTorch()
})

// runTorch runs torch_step.py in one process for everything: importing PyTorch takes longer than
// all steps.
func (f *fixture) runTorch() error {
	var jobs [][]string
	for _, n := range f.networks {
		for _, r := range n.runs {
			jobs = append(jobs, n.torchJob(r.out, stepRate, "--mode", r.mode, "--batch", r.batch))
		}
	}
	for _, t := range f.trajectories {
		job := t.network.torchJob(t.out, trajectoryRate, "--steps", fmt.Sprint(trajectorySteps))
		for _, b := range t.batches {
			job = append(job, "--batch", b.batch)
		}
		jobs = append(jobs, job)
	}
	list, err := json.Marshal(jobs)
	if err != nil {
		return err
	}
	path := f.path("jobs.json")
	if err := os.WriteFile(path, list, 0o644); err != nil {
		return err
	}
	output, err := exec.Command(python, "torch_step.py", "--jobs", path).CombinedOutput()
	return torchError(output, err)
}

// torchError says what is wrong with a run of torch_step.py: without Python or its modules, what to
// install.
func torchError(output []byte, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), bytes.Contains(output, []byte("No module named")):
		return fmt.Errorf("these tests compare with PyTorch, which is not there (%w: %s); install it with:\n\tapt-get install python3-torch python3-torchvision",
			err, bytes.TrimSpace(output))
	}
	return fmt.Errorf("torch_step.py: %w\n%s", err, output)
}

// torchJob returns the arguments of torch_step.py for a job with the network's weights.
func (n *network) torchJob(out string, rate float64, more ...string) []string {
	job := []string{"--spec", n.json, "--weights", n.weights, "--out", out, "--lr", fmt.Sprint(rate)}
	return append(job, more...)
}

// reference returns PyTorch's result of a run.
func (r *run) reference(t *testing.T) map[string]*oracle.Tensor { return readTorch(t, r.out) }

// losses returns PyTorch's losses.
func (tr *trajectory) losses(t *testing.T) []float64 {
	t.Helper()
	losses := readTorch(t, tr.out)["losses"]
	if losses == nil || len(losses.Data) != trajectorySteps {
		t.Fatalf("%s: want %d losses", tr.out, trajectorySteps)
	}
	return losses.Data
}

// readTorch reads a file that PyTorch wrote, or ends the test where there is none.
func readTorch(t *testing.T, path string) map[string]*oracle.Tensor {
	t.Helper()
	if err := torchDone(); err != nil {
		t.Fatal(err)
	}
	tensors, err := readTensors(path)
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

// TestTorchMissing checks that a machine without PyTorch is told what to install.
func TestTorchMissing(t *testing.T) {
	for name, python := range map[string]string{
		"no Python":  filepath.Join(t.TempDir(), "python3"),
		"no modules": python,
	} {
		output, err := exec.Command(python, "-c", "import module_that_is_not_there").CombinedOutput()
		if err := torchError(output, err); err == nil || !strings.Contains(err.Error(), "apt-get install python3-torch") {
			t.Errorf("%s: got error %v, want one that says what to install", name, err)
		}
	}
	output, err := exec.Command("sh", "-c", "echo torch_step.py: boom >&2; exit 1").CombinedOutput()
	if err := torchError(output, err); err == nil || !strings.Contains(err.Error(), "boom") || strings.Contains(err.Error(), "apt-get") {
		t.Errorf("got error %v, want the program's own words", err)
	}
}
