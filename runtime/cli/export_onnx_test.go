package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestExportONNXMisuse holds what is said of exports that cannot be.
func TestExportONNXMisuse(t *testing.T) {
	path, out := filepath.Join(t.TempDir(), "net.safetensors"), filepath.Join(t.TempDir(), "net.onnx")
	run(t, done, "init", "--out", path)
	for want, args := range map[string][]string{
		"--checkpoint: got nothing":    {"--out", out, "--format", "onnx"},
		"--out: got nothing":           {"--checkpoint", path, "--format", "onnx"},
		`--format: got "caffe", want `: {"--checkpoint", path, "--out", out, "--format", "caffe"},
		"generate the network again":   {"--checkpoint", path, "--out", out, "--format", "onnx"}, // it has no residual units
		"no such file":                 {"--checkpoint", path + "x", "--out", out, "--format", "onnx"},
	} {
		if _, errOut := run(t, misused, append([]string{"export"}, args...)...); !strings.Contains(errOut, want) {
			t.Errorf("%v: got %q, want %q in it", args, errOut, want)
		}
	}
}
