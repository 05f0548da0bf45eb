package cli

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
)

// TestOtherFunction holds that a checkpoint of a network with the same variables, of which it
// computes something else, is refused by all that would compute with it, and that a training can
// start from it.
func TestOtherFunction(t *testing.T) {
	folder, dir := data(t, 31, 3), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	own, other, imageFile := path("own"), path("other"), path("image.png")
	run(t, done, "init", "--out", own)
	drawColumn(t, imageFile, 3, 4, 0)
	otherwise(t, own, other)
	for _, command := range [][]string{
		{"eval", "--data", folder, "--checkpoint"},
		{"predict", imageFile, "--checkpoint"},
		{"export", "--format", "safetensors", "--out", path("exported"), "--checkpoint"},
		{"import", "--out", path("imported"), "--force"},
		{"import", "--out", path("imported"), "--force", "--partial"},
	} {
		run(t, done, append(command, own)...)
		_, errOut := run(t, misused, append(command, other)...)
		if !strings.Contains(errOut, "computes another function of these variables:"+differences) {
			t.Errorf("%s: got %q, want %q in it", command[0], errOut, differences)
		}
	}
	_, errOut := run(t, done, "train", "--data", folder, "--epochs", "1", "--out", path("run"), "--init", other)
	if !strings.Contains(errOut, "starting from "+other+" anyway: ") || !strings.Contains(errOut, differences) {
		t.Errorf("--init: got %q", errOut)
	}
	run(t, done, "import", own, "--run", path("imported-run"))
	step := path("imported-run/checkpoints/step-0.safetensors")
	change(t, step, step, checkpoint.FunctionKey, `{"relu_leakiness":0.25}`)
	const leaks = "\n  relu_leakiness: got 0.25, want 0"
	goOn := []string{"train", "--data", folder, "--epochs", "1", "--resume", "--out", path("imported-run")}
	if _, errOut := run(t, misused, goOn...); !strings.Contains(errOut, leaks) || !strings.Contains(errOut, "(--force-settings resumes anyway)") {
		t.Errorf("an imported run: got %q, want %q in it", errOut, leaks)
	}
	if _, errOut := run(t, done, append(goOn, "--force-settings")...); !strings.Contains(errOut, leaks) {
		t.Errorf("an imported run that is forced: got %q, want %q in it", errOut, leaks)
	}
	run(t, done, "import", own, "--run", path("strided-run"))
	step = path("strided-run/checkpoints/step-0.safetensors")
	otherwise(t, step, step)
	goOn[len(goOn)-1] = path("strided-run")
	if _, errOut := run(t, misused, append(goOn, "--force-settings")...); !strings.Contains(errOut, "got a checkpoint of another architecture") {
		t.Errorf("an imported run of other strides that is forced: got %q, want it refused", errOut)
	}
}

// differences are what is said of [otherwise]'s checkpoint.
const differences = "\n  layers: got other sizes or strides, sha256 b2, want "

// otherwise makes a checkpoint say that its network has other strides.
func otherwise(t *testing.T, from, to string) {
	t.Helper()
	change(t, from, to, checkpoint.ArchitectureKey, "b2")
}

// change sets an entry of a checkpoint's metadata.
func change(t *testing.T, from, to, key, text string) {
	t.Helper()
	f, err := checkpoint.Read(from)
	if err != nil {
		t.Fatal(err)
	}
	f.Metadata[key] = text
	if err := store.Write(to, f); err != nil {
		t.Fatal(err)
	}
}
