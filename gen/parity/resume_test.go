package parity

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/resnetgen/resnetgen/internal/trainertest"
)

// TestSameBitsResume ends a run early and goes on under every other setting: the last checkpoint
// has the same bytes as that of a run left alone. The specs keep all that an optimizer and a recipe
// can keep: two slots a variable, the number of steps, moving averages. Their learning rate does
// not depend on the length of the run.
func TestSameBitsResume(t *testing.T) {
	const early = 9 // not an epoch's end
	n := loadFixture(t).network(t, "bottleneck_adamw")
	data := t.TempDir()
	if err := trainertest.WriteFiles(data, idxFiles(n)); err != nil {
		t.Fatal(err)
	}
	want := n.train(t, settings[0], data, 1)
	for _, s := range settings {
		out := filepath.Join(t.TempDir(), "run")
		n.trainer(t, s, "train", "--data", data, "--steps", fmt.Sprint(early), "--seed", "1", "--out", out)
		n.trainer(t, s, "train", "--data", data, "--steps", fmt.Sprint(runSteps), "--seed", "1", "--out", out, "--resume")
		checkSameFile(t, s, filepath.Join(out, "checkpoints", fmt.Sprintf("step-%d.safetensors", runSteps)), want)
	}
}
