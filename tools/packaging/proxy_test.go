//go:build campaign

package packaging

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// sourceFile is a file of the checkout, for a module's zip.
type sourceFile struct{ root, path string }

func (f sourceFile) Path() string                 { return f.path }
func (f sourceFile) Lstat() (os.FileInfo, error)  { return os.Lstat(filepath.Join(f.root, f.path)) }
func (f sourceFile) Open() (io.ReadCloser, error) { return os.Open(filepath.Join(f.root, f.path)) }

// checkout lists the files that a commit of everything would have: those that git knows or would take up.
func checkout(t *testing.T, root string) (files []zip.File) {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for path := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		if _, err := os.Lstat(filepath.Join(root, path)); os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		files = append(files, sourceFile{root, path})
	}
	return files
}

// publish puts the checkout into a module proxy of files, and returns the proxy's URL.
func publish(t *testing.T, root string, version module.Version) string {
	t.Helper()
	files := checkout(t, root)
	if checked, err := zip.CheckFiles(files); err != nil || len(checked.Invalid) > 0 {
		t.Fatalf("files that a module must not have: %v (%v)", checked.Invalid, err)
	}
	var archive bytes.Buffer
	if err := zip.Create(&archive, version, files); err != nil {
		t.Fatalf("module zip: %v", err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	proxy := t.TempDir()
	dir := filepath.Join(proxy, filepath.FromSlash(version.Path), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"list":                    []byte(version.Version + "\n"),
		version.Version + ".info": fmt.Appendf(nil, `{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version.Version),
		version.Version + ".mod":  mod,
		version.Version + ".zip":  archive.Bytes(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("module zip: %d files, %d bytes", len(files), archive.Len())
	return "file://" + filepath.ToSlash(proxy)
}
