//go:build tools

package onnx

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestChecker has ONNX's own checker look at the models, and infer a shape for each value.
func TestChecker(t *testing.T) {
	var paths []string
	for name, net := range allNets(t) {
		for _, o := range []Options{{}, {Preprocess: true, Softmax: true}} {
			n := newExample(t, net)
			path := filepath.Join(t.TempDir(), name+".onnx")
			if err := Write(path, n.info, n.variables, o); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
	}
	if err := checked(paths...); err != nil {
		t.Fatal(err)
	}
	if checked(filepath.Join("testdata", "check.py")) == nil {
		t.Error("got no error from the checker for a file that is no model, want one")
	}
}

// checked runs the checker of Debian's python3-onnx, which installs for no other Python.
func checked(paths ...string) error {
	output, err := exec.Command("/usr/bin/python3", append([]string{"testdata/check.py"}, paths...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w (the checker is of Debian's python3-onnx):\n%s", err, output)
	}
	return nil
}
