package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// TestReplace holds that a file is replaced whole, and left alone when its writer fails half-way.
func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"first", "second"} {
		if err := WriteFile(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	broken := errors.New("broken")
	err := Replace(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		during := names(t, filepath.Dir(path))
		if len(during) != 2 || !slices.ContainsFunc(during, func(name string) bool { return IsTemporary(name, isFile) }) {
			t.Errorf("while it is written: got %q, want the file and a temporary one", during)
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got error %v, want the writer's", err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "second" {
		t.Errorf("got %q (%v), want what was there", content, err)
	}
	if left := names(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("got %q left, want the file alone", left)
	}
}

// TestReplaceAFolder holds that nothing is left of a file that cannot take its place.
func TestReplaceAFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, nil); err == nil {
		t.Error("a folder in the way: got no error")
	}
	if left := names(t, dir); len(left) != 1 {
		t.Errorf("got %q left, want the folder alone", left)
	}
	if err := WriteFile(filepath.Join(dir, "absent", "file"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: got error %v", err)
	}
}

func isFile(name string) bool { return strings.HasPrefix(name, "file") }

// TestSweep removes what killed writers have left, and nothing else.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"file", ".file123", ".file-2.txt5577006791947779410", ".other1", ".file", "file7"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveTemporary(dir, isFile); err != nil {
		t.Fatal(err)
	}
	if left := names(t, dir); !slices.Equal(left, []string{".file", ".other1", "file", "file7"}) {
		t.Errorf("got %q left, want the rest", left)
	}
	if err := RemoveTemporary(filepath.Join(dir, "absent"), isFile); err != nil {
		t.Errorf("no folder: got error %v", err)
	}
}

// TestMakeFolder makes folders in folders, leaves those that are there, and names what is in the
// way.
func TestMakeFolder(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "c")
	for range 2 {
		if err := MakeFolder(path); err != nil || !isFolder(path) {
			t.Fatalf("got error %v and a folder: %t, want one", err, isFolder(path))
		}
	}
	t.Chdir(dir)
	if err := MakeFolder(filepath.Join("d", "e")); err != nil || !isFolder(filepath.Join(dir, "d", "e")) {
		t.Errorf("a relative path: got error %v", err)
	}
	if err := WriteFile(filepath.Join(dir, "file"), nil); err != nil {
		t.Fatal(err)
	}
	if err := MakeFolder(filepath.Join(dir, "file", "under")); err == nil || !strings.Contains(err.Error(), "file") {
		t.Errorf("a file in the way: got error %v, want its name", err)
	}
}
