//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestNoFiles holds that a named pipe, a folder or a Git LFS pointer in the place of a file is an
// error at once, whichever argument it is of.
func TestNoFiles(t *testing.T) {
	folder, runDir := trained(t)
	checkpoint := filepath.Join(runDir, "checkpoints", "step-14.safetensors")
	dir := t.TempDir()
	out, pipe, pointer, batch := filepath.Join(dir, "out"), filepath.Join(dir, "pipe"), filepath.Join(dir, "pointer"), filepath.Join(dir, "folder")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pointer, []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(batch, 0o755); err != nil {
		t.Fatal(err)
	}
	commands := map[string][]string{
		"eval":        {"eval", "--data", folder, "--checkpoint", "FILE"},
		"init":        {"train", "--data", folder, "--epochs", "1", "--out", out, "--init", "FILE"},
		"export":      {"export", "--checkpoint", "FILE", "--format", "safetensors", "--out", out},
		"checkpoint":  {"predict", "--checkpoint", "FILE", pointer},
		"weights":     {"step", "--weights", "FILE", "--batch", checkpoint, "--out", out},
		"batch":       {"step", "--weights", checkpoint, "--batch", "FILE", "--out", out},
		"import":      {"import", "FILE", "--out", out},
		"safetensors": {"import", "FILE", "--format", "safetensors", "--out", out},
		"onnx":        {"import", "FILE", "--format", "onnx", "--out", out},
		"tf":          {"import", "FILE.index", "--format", "tf", "--out", out},
	}
	for path, want := range map[string]string{pipe: "got a named pipe, want a file", pointer: "got a Git LFS pointer to a file of 12 bytes", batch: "got a folder, want a file"} {
		for what, command := range commands {
			command = slices.Clone(command)
			for i, argument := range command {
				command[i] = strings.Replace(argument, "FILE", path, 1)
			}
			want := want
			switch {
			case what == "weights":
				want = "images and labels" // the batch is read first
			case path == batch && what == "import":
				want = "without a file checkpoint or an .index"
			case path == batch && !slices.Contains([]string{"batch", "safetensors", "onnx", "tf"}, what):
				want = "got no checkpoint in it" // a folder is a run's
			}
			if _, errOut := run(t, misused, command...); !strings.Contains(errOut, want) {
				t.Errorf("%v: got %q, want %q in it", command, errOut, want)
			}
		}
	}
	for _, name := range []string{"run.json", "eval.csv", "train.csv", "speed.csv"} {
		record := filepath.Join(runDir, name)
		was, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(record); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(record, 0o600); err != nil {
			t.Fatal(err)
		}
		code := done // a run goes on without its records
		if name == "run.json" {
			code = misused
		}
		if _, errOut := run(t, code, "train", "--data", folder, "--epochs", "2", "--out", runDir, "--seed", "5", "--resume"); !strings.Contains(errOut, "got a named pipe, want a file") {
			t.Errorf("%s: got %q, want that it is a named pipe", name, errOut)
		}
		if err := os.RemoveAll(record); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(record, was, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
