//go:build campaign

package generated_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// trainer builds the trainer of resnet20.
func trainer(t *testing.T) (bin string) {
	t.Helper()
	bin = filepath.Join(t.TempDir(), "resnet20")
	if out, err := exec.Command("go", "build", "-o", bin, "./resnet20/cmd/resnet20").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// content reads a file.
func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
