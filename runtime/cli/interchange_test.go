package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/tfcheckpoint"
)

// trained trains a few steps and returns the data and the run's folder.
func trained(t *testing.T, flags ...string) (folder, runDir string) {
	t.Helper()
	folder, runDir = data(t, 31, 3), filepath.Join(t.TempDir(), "run")
	run(t, done, append([]string{"train", "--data", folder, "--epochs", "2", "--out", runDir, "--seed", "5"}, flags...)...)
	return folder, runDir
}

// tensors reads a checkpoint's tensors.
func tensors(t *testing.T, path string) []checkpoint.Tensor {
	t.Helper()
	f, err := checkpoint.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f.Tensors
}

var sameBits = cmp.Comparer(func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) })

// TestExportImport holds that each format brings back the same bits.
func TestExportImport(t *testing.T) {
	folder, runDir := trained(t)
	dir := t.TempDir()
	original := filepath.Join(runDir, "checkpoints", "step-14.safetensors")
	want := tensors(t, original)
	for _, f := range formats {
		if !exported(&f) || !imported(&f) || f.bare {
			continue
		}
		for _, how := range [][]string{{"--with-momentum"}, {}} {
			name := filepath.Join(dir, f.name, fmt.Sprint(len(how)), "fake-14")
			out, _ := run(t, done, append([]string{"export", "--checkpoint", original, "--format", f.name, "--out", name}, how...)...)
			if !strings.Contains(out, "wrote 3 variables") || !strings.Contains(out, "of step 14") || strings.Contains(out, "2 slots") != (len(how) == 1) {
				t.Errorf("%s %v: got %q", f.name, how, out)
			}
			back := name + ".back"
			out, _ = run(t, done, "import", name, "--out", back)
			if !strings.Contains(out, "3 of 3 variables") || !strings.Contains(out, "wrote step 14 to "+back) {
				t.Errorf("%s %v: got\n%s", f.name, how, out)
			}
			kept := slices.DeleteFunc(slices.Clone(want), func(x checkpoint.Tensor) bool {
				return len(how) == 0 && strings.HasSuffix(x.Name, "/Momentum")
			})
			if diff := cmp.Diff(kept, tensors(t, back), sameBits); diff != "" {
				t.Errorf("%s %v: exported and imported (−want +got):\n%s", f.name, how, diff)
			}
			eval := func(path string) string {
				return first(run(t, done, "eval", "--data", folder, "--checkpoint", path, "--json"))
			}
			if got, want := eval(back), eval(original); got != want {
				t.Errorf("%s: got evaluation %s, want %s", f.name, got, want)
			}
			run(t, done, "train", "--data", folder, "--steps", "1", "--init", back, "--out", name+".fine")
		}
	}
}

// TestImportResumes holds that a training resumed from an imported checkpoint comes to the
// same bits as one that was never away.
func TestImportResumes(t *testing.T) {
	folder, runDir := trained(t)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run(t, done, "export", "--checkpoint", filepath.Join(runDir, "checkpoints", "step-14.safetensors"), "--format", "tf", "--with-momentum",
		"--shards", "2", "--out", path("tf/model.ckpt-14"))
	run(t, done, "import", path("tf"), "--run", path("away"))
	goOn := func(epochs, out string) (said, errOut string) {
		t.Helper()
		return run(t, done, "train", "--data", folder, "--epochs", epochs, "--seed", "5", "--resume", "--out", out)
	}
	_, errOut := goOn("4", path("away"))
	if want := "continuing from step 14 of " + path("tf/model.ckpt-14"); !strings.Contains(errOut, want) {
		t.Errorf("got %q, want %q in it", errOut, want)
	}
	goOn("4", runDir)
	last := filepath.Join("checkpoints", "step-28.safetensors")
	if diff := cmp.Diff(tensors(t, filepath.Join(runDir, last)), tensors(t, filepath.Join(path("away"), last)), sameBits); diff != "" {
		t.Errorf("gone on (−want +got):\n%s", diff)
	}
	if said, _ := goOn("5", path("away")); !strings.Contains(said, "resuming after step 28 of 35") {
		t.Errorf("got %q, want a run that goes on as others do", said)
	}
	run(t, done, "import", path("tf"), "--run", path("averaged"))
	run(t, done, "train", "--data", folder, "--epochs", "3", "--ema", "0.9", "--resume", "--out", path("averaged")) // averages begin there
	if f, err := checkpoint.Read(filepath.Join(path("averaged"), "checkpoints", "step-21.safetensors")); err != nil || f.Find("logit/DW/ExponentialMovingAverage") == nil {
		t.Errorf("got no moving averages (%v), want them from the imported step on", err)
	}
	for want, args := range map[string][]string{
		"which holds a run, want a new one":       {"import", path("tf"), "--run", path("away")},
		"--out: got neither this nor --run, want": {"import", path("tf")},
		"--out: got it with --run, want one":      {"import", path("tf"), "--run", path("x"), "--out", path("y")},
	} {
		if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
			t.Errorf("got %q, want %q in it", errOut, want)
		}
	}
}

// TestImportOnlyResumesItsOwn holds that a folder without a run and an imported checkpoint is still
// refused.
func TestImportOnlyResumesItsOwn(t *testing.T) {
	folder, dir := data(t, 8, 3), t.TempDir()
	run(t, done, "init", "--out", filepath.Join(dir, "checkpoints", "step-0.safetensors"))
	_, errOut := run(t, misused, "train", "--data", folder, "--epochs", "1", "--resume", "--out", dir)
	if !strings.Contains(errOut, "got no run in "+dir) {
		t.Errorf("got %q", errOut)
	}
}

// TestExportAverages holds that what is exported is what eval evaluates.
func TestExportAverages(t *testing.T) {
	folder, runDir := trained(t, "--ema", "0.9")
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	eval := func(args ...string) string {
		return first(run(t, done, append([]string{"eval", "--data", folder, "--json", "--checkpoint"}, args...)...))
	}
	out, _ := run(t, done, "export", "--checkpoint", runDir, "--format", "tf", "--out", path("averages"))
	if !strings.Contains(out, "(moving averages, as eval uses them)") {
		t.Errorf("got %q", out)
	}
	run(t, done, "export", "--checkpoint", runDir, "--format", "tf", "--out", path("raw"), "--raw", "--with-momentum")
	for name, want := range map[string]string{"averages": eval(runDir), "raw": eval(runDir, "--raw")} {
		run(t, done, "import", path(name), "--out", path(name+".back"))
		if got := eval(path(name + ".back")); got != want {
			t.Errorf("%s: got evaluation %s, want %s", name, got, want)
		}
	}
	if eval(runDir) == eval(runDir, "--raw") {
		t.Error("got averages that are the variables: nothing was tested")
	}
	_, errOut := run(t, misused, "export", "--checkpoint", runDir, "--format", "tf", "--out", path("x"), "--with-momentum")
	if !strings.Contains(errOut, "--with-momentum: got it for moving averages of variables, want --raw with it") {
		t.Errorf("got %q", errOut)
	}
	best := filepath.Join(runDir, "checkpoints", "step-14.safetensors")
	run(t, done, "import", best, "--out", path("own"))
	if diff := cmp.Diff(tensors(t, best), tensors(t, path("own")), sameBits); diff != "" {
		t.Errorf("a checkpoint of its own (−want +got):\n%s", diff)
	}
}

// officialCheckpoint writes a TensorFlow checkpoint as the official model's training does: under a
// scope, with slots, the extras of moving averages, and something of somebody else's.
func officialCheckpoint(t *testing.T, scope string, classes, shards int) string {
	t.Helper()
	values := func(n int, first float32) []float32 {
		all := make([]float32, n)
		for i := range all {
			all[i] = first + float32(i)/8
		}
		return all
	}
	weights := []int{12, classes}
	all := []checkpoint.Tensor{
		{Name: scope + "logit/DW", Shape: weights, Float32: values(12*classes, -2)},
		{Name: scope + "logit/DW/Momentum", Shape: weights, Float32: values(12*classes, 1)},
		{Name: scope + "logit/biases", Shape: []int{classes}, Float32: values(classes, 0)},
		{Name: scope + "logit/biases/Momentum", Shape: []int{classes}, Float32: values(classes, 3)},
		{Name: scope + "unit_last/moving_mean", Shape: []int{1}, Float32: values(1, 9)},
		{Name: scope + "unit_last/" + scope + "unit_last/moving_mean/biased", Shape: []int{1}, Float32: values(1, 8)},
		{Name: scope + "unit_last/" + scope + "unit_last/moving_mean/local_step", Shape: []int{}, Float32: values(1, 100)},
		{Name: "global_step", Shape: []int{}, Int64: []int64{64000}},
		{Name: "costs/ewma", Shape: []int{}, Float32: values(1, 0)},
	}
	prefix := filepath.Join(t.TempDir(), "model.ckpt-64000")
	if _, err := tfcheckpoint.Write(prefix, all, shards); err != nil {
		t.Fatal(err)
	}
	return prefix
}

// TestImportOfficial holds what is said of a checkpoint of TensorFlow's training.
func TestImportOfficial(t *testing.T) {
	for _, scope := range []string{"", "resnet/"} {
		prefix, out := officialCheckpoint(t, scope, 3, 3), filepath.Join(t.TempDir(), "c.safetensors")
		said, _ := run(t, done, "import", prefix+".index", "--out", out)
		for _, want := range []string{
			"12×3    Momentum", "skipped, as expected", "unit_last/moving_mean/local_step", "unexpected", "costs/ewma",
			"tf, " + prefix + ": 3 of 3 variables, 2 of 2 slots of the optimizer, 0 moving averages; 2 skipped, 1 unexpected",
			"wrote step 64000 to " + out,
		} {
			if !strings.Contains(said, want) {
				t.Errorf("got\n%swant %q in it", said, want)
			}
		}
		if strings.Contains(said, "scope") != (scope != "") {
			t.Errorf("got\n%swant the scope %q", said, scope)
		}
		if got := tensors(t, out)[0]; got.Name != "global_step" || got.Int64[0] != 64000 {
			t.Errorf("got %+v, want the step", got)
		}
		v := decode(t, first(run(t, done, "import", prefix, "--out", out, "--force", "--json")))
		keys(t, v, "source", "format", "scope", "matched", "missing", "mismatched", "extras", "unexpected", "wrong", "left_over", "new", "step", "checkpoint")
		if v["scope"] != scope || len(v["matched"].([]any)) != 6 || v["step"].(float64) != 64000 {
			t.Errorf("got %v", v)
		}
	}
}

// TestImportPartial holds what becomes of a checkpoint for other classes, and of one that lacks
// variables.
func TestImportPartial(t *testing.T) {
	prefix, out := officialCheckpoint(t, "", 100, 1), filepath.Join(t.TempDir(), "c.safetensors")
	said, errOut := run(t, misused, "import", prefix, "--out", out)
	for _, want := range []string{
		prefix + ": 4 tensors do not fit the network:", "logit/DW: got float32 of shape [12 100], want float32 of shape [12 3]",
		"another number of classes: --partial initializes it, and train --init",
	} {
		if !strings.Contains(errOut, want) {
			t.Errorf("got %q, want %q in it", errOut, want)
		}
	}
	if !strings.Contains(said, "mismatched") || !strings.Contains(said, "1 of 3 variables, 0 of 2 slots") || strings.Contains(said, "wrote") {
		t.Errorf("got\n%s", said)
	}
	said, _ = run(t, done, "import", prefix, "--out", out, "--partial")
	if !strings.Contains(said, "initialized: logit/DW, logit/biases") {
		t.Errorf("got\n%s", said)
	}
	run(t, done, "train", "--data", data(t, 8, 3), "--steps", "1", "--init", out, "--out", filepath.Join(t.TempDir(), "run"))

	lacks := filepath.Join(t.TempDir(), "lacks")
	if err := store.Write(lacks, &checkpoint.File{Tensors: tensors(t, out)[:3]}); err != nil {
		t.Fatal(err)
	}
	said, errOut = run(t, failed, "import", lacks, "--out", out, "--force")
	if !strings.Contains(errOut, "1 variables are missing (--partial initializes them):\n  unit_last/moving_mean") || !strings.Contains(said, "  optimizer slots of all 2 variables") {
		t.Errorf("got %q and\n%s", errOut, said)
	}
}

// TestInterchangeMisuse holds what is said of wrong input, and that nothing is replaced unless it
// is asked for.
func TestInterchangeMisuse(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run(t, done, "init", "--out", path("c"))
	if err := os.WriteFile(path("text"), []byte("a text that is none"), 0o600); err != nil {
		t.Fatal(err)
	}
	export := func(args ...string) []string { return append([]string{"export", "--checkpoint", path("c")}, args...) }
	run(t, done, export("--format", "tf", "--out", path("tf"))...)
	damaged := path("tf.data-00000-of-00001")
	bytes, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	bytes[5] ^= 1
	other := &checkpoint.File{Tensors: []checkpoint.Tensor{{Name: "logit/DW", Shape: []int{fakenet.Classes}, Float32: make([]float32, fakenet.Classes)}}}
	if err := store.Write(path("other"), other); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--format: got nothing":                                            export("--out", path("x")),
		`--format: got "keras", want safetensors, tf`:                      export("--out", path("x"), "--format", "keras"),
		"--out: got nothing":                                               export("--format", "tf"),
		"--shards: got it with --format safetensors":                       export("--format", "safetensors", "--out", path("x"), "--shards", "2"),
		"got folder " + dir + ", want a path in it":                        export("--format", "tf", "--out", dir),
		"where there is " + path("text") + " already; --force":             export("--format", "safetensors", "--out", path("text")),
		"where there is " + damaged + ", " + path("tf.index"):              export("--format", "tf", "--out", path("tf")),
		"do not fit the network":                                           {"export", "--checkpoint", path("other"), "--format", "tf", "--out", path("x")},
		"import: stat " + path("absent"):                                   {"import", path("absent"), "--out", path("x")},
		"want a file of one of these formats: safetensors, tf":             {"import", path("text"), "--out", path("x")},
		"want safetensors, tf":                                             {"import", path("c"), "--out", path("x"), "--format", "h5"},
		"want a V2 checkpoint's prefix":                                    {"import", path("c"), "--out", path("x"), "--format", "tf"},
		"--out: got " + path("text"):                                       {"import", path("c"), "--out", path("text")},
		"logit/DW: got float32 of shape [3], want float32 of shape [12 3]": {"import", path("other"), "--out", path("x")},
		"accepts 1 arg":                                                    {"import", "--out", path("x")},
	} {
		if _, errOut := run(t, misused, args...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", args, errOut, want)
		}
	}
	run(t, done, export("--format", "tf", "--out", path("tf"), "--force")...)
	if err := os.WriteFile(damaged, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errOut := run(t, misused, "import", path("tf"), "--out", path("x")); !strings.Contains(errOut, damaged) || !strings.Contains(errOut, "it is damaged") {
		t.Errorf("got %q, want the shard's name", errOut)
	}
	if _, err := os.Stat(path("x")); err == nil {
		t.Error("got a file of a command that failed")
	}
}
