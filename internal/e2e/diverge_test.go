package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDiverges holds that a trainer whose learning rate is far too high ends with exit code 1, and
// says in which layer NaN or Inf begins and what may help.
func TestDiverges(t *testing.T) {
	c := exec.CommandContext(t.Context(), trainer(t, "resnet20"), "train", "--data", "fashion-mini", "--steps", "5",
		"--seed", "1", "--schedule", "constant", "--learning-rate", "9e29", "--out", filepath.Join(t.TempDir(), "run"))
	out, err := c.CombinedOutput()
	const want = "resnet20: step 2: got a loss of NaN, want a finite number: the training has diverged, " +
		"first in layer init/init_conv; it has no checkpoint yet; a lower learning rate may help"
	if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), want) {
		t.Errorf("got %v, want exit code 1 and %q\n%s", err, want, out)
	}
}
