package cli

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
)

// TestEvalLogits computes what eval prints from the logits and labels that it writes.
func TestEvalLogits(t *testing.T) {
	folder, dir := data(t, 31, 3), t.TempDir()
	path, logits := filepath.Join(dir, "net.safetensors"), filepath.Join(dir, "new", "logits.safetensors")
	run(t, done, "init", "--out", path)
	v := decode(t, first(run(t, done, "eval", "--data", folder, "--checkpoint", path, "--json", "--logits", logits)))
	f, err := checkpoint.Read(logits)
	if err != nil {
		t.Fatal(err)
	}
	z, labels := f.Find("logits"), f.Find("labels")
	if z == nil || labels == nil || fmt.Sprint(z.Shape, labels.Shape) != "[9 3] [9]" {
		t.Fatalf("got %+v, want logits [9 3] and labels [9]", f.Tensors)
	}
	entropy, right := 0.0, 0.0
	for i, label := range labels.Int64 {
		row, guess, sum := z.Float32[3*i:][:3], 0, 0.0
		for c, x := range row {
			sum += math.Exp(float64(x))
			if x > row[guess] {
				guess = c
			}
		}
		entropy += (math.Log(sum) - float64(row[label])) / 9
		if guess == int(label) {
			right++
		}
	}
	if got := v["xent"].(float64); math.Abs(got-entropy) > 1e-5 {
		t.Errorf("got cross entropy %g, want %g of the logits", got, entropy)
	}
	if got := v["accuracy"].(float64); got != right/9 {
		t.Errorf("got accuracy %g, want %g of the logits", got, right/9)
	}
	_, errOut := run(t, misused, "eval", "--data", folder, "--watch", dir, "--logits", logits)
	if !strings.Contains(errOut, "--logits: got it with --watch, want it with --checkpoint") {
		t.Errorf("got %q, want --logits refused", errOut)
	}
}
