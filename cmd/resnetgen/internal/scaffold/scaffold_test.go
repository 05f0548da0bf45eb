package scaffold

import (
	"os"
	"path/filepath"
	"testing"
)

// TestIdentifier makes names of packages that Go accepts, whatever the folder's.
func TestIdentifier(t *testing.T) {
	for base, want := range map[string]string{
		"vision": "vision", "My-Net.2": "mynet2", "2024": "networks", "3d": "d", "v2": "networks", "func": "networks", "": "networks", "é": "networks",
	} {
		if got := identifier(base); got != want {
			t.Errorf("%q: got %q, want %q", base, got, want)
		}
	}
}

// TestQuoted writes names of files as go generate splits its lines.
func TestQuoted(t *testing.T) {
	for name, want := range map[string]string{
		"net.yaml": "net.yaml", "a b.yaml": `"a b.yaml"`, `a"b.yaml`: `"a\"b.yaml"`, "a$b.yaml": `"a${DOLLAR}b.yaml"`,
	} {
		if got := quoted(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

// TestBeside holds that lines are added once, to files as they are: without a line end, or with
// those of Windows.
func TestBeside(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"gen.go":         "package x\r\n\r\n//go:generate go tool resnetgen generate net.yaml\r\n",
		".gitattributes": "*.png binary",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := NewPlan(filepath.Join(dir, "net.yaml"), "net")
	if err != nil {
		t.Fatal(err)
	}
	written, err := plan.Write([]byte("name: net\n"))
	if err != nil || len(written) != 2 {
		t.Fatalf("got %q written (%v), want the spec and .gitattributes", written, err)
	}
	got, err := os.ReadFile(filepath.Join(dir, ".gitattributes"))
	if want := "*.png binary\n/net/** linguist-generated text eol=lf\n"; err != nil || string(got) != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}
