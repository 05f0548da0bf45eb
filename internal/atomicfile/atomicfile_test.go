package atomicfile

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// names lists a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestPending holds that a file is not there before it is whole, by which name it goes until then,
// and that what was there stays after it is given up.
func TestPending(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file.txt")
	for _, content := range []string{"first", "second"} {
		if err := WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := New(path, dir, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if during := names(t, dir); len(during) != 2 || !regexp.MustCompile(`^\.file\.txt[0-9]+$`).MatchString(during[0]) {
		t.Errorf("while it is written: got %q, want the file and .file.txt with digits", during)
	}
	if err := p.Cleanup(); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "second" {
		t.Errorf("got %q (%v), want what was there", content, err)
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("got %q left, want the file alone", left)
	}
}

// TestWriteFileFails holds that nothing is left of a file that cannot take its place.
func TestWriteFileFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte("x"), 0o644); err == nil {
		t.Error("a folder in the way: got no error, want one")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("got %q left, want the folder alone", left)
	}
	if err := WriteFile(filepath.Join(dir, "absent", "file"), nil, 0o644); !os.IsNotExist(err) {
		t.Errorf("no folder: got error %v, want that it is not there", err)
	}
}
