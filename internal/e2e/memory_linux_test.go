package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/report"
)

// TestMemoryLimit starts trainers with less address space than their network takes: they say how
// much that is and what takes less, and exit with 1.
func TestMemoryLimit(t *testing.T) {
	bin, arena := trainer(t, "resnet164"), report.Bytes(describe(t, "resnet164").ArenaBytes)
	for _, args := range []string{
		"bench --mode train", "profile --steps 1",
		"init --seed 1 --out " + filepath.Join(t.TempDir(), "weights.safetensors"),
	} {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", "ulimit -v 1600000; exec "+bin+" "+args) // KiB
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != 1 {
			t.Fatalf("%s: got exit code %d, %v, want 1\n%s", args, code, err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		last := lines[len(lines)-1]
		for _, want := range []string{
			"resnet164: got no memory for a block of", arena, "train.batch", "train.recompute",
		} {
			if !strings.Contains(last, want) {
				t.Errorf("%s: got\n%s\nwant %q", args, out, want)
			}
		}
	}
}
