package inputfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// pointer is a Git LFS pointer.
const pointer = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345
`

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRead holds what is read, and what is said of the rest.
func TestRead(t *testing.T) {
	long := pointer + strings.Repeat("x", maxPointer)
	for name, c := range map[string]struct{ content, want string }{
		"empty":                 {"", ""},
		"as long as may be":     {strings.Repeat("x", 2000), ""},
		"too long":              {strings.Repeat("x", 2001), "got a file of 2001 bytes, want a file of at most 2000"},
		"a pointer":             {pointer, "got a Git LFS pointer to a file of 12345 bytes, want the file itself: `git lfs pull` fetches it"},
		"an old pointer":        {strings.Replace(pointer, "git-lfs", "hawser", 1), "got a Git LFS pointer to a file of 12345 bytes"},
		"a pointer cut off":     {pointer[:60], "got a Git LFS pointer, want the file itself"},
		"a pointer's beginning": {long, ""},
	} {
		path := write(t, c.content)
		got, err := Read(path, 2000)
		switch {
		case c.want == "" && (err != nil || string(got) != c.content):
			t.Errorf("%s: got %d bytes and error %v, want all %d", name, len(got), err, len(c.content))
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "open "+path+": "+c.want)):
			t.Errorf("%s: got error %v, want %q", name, err, c.want)
		}
	}
}

// TestNoFile holds that errors say what is there, or are the system's.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir, 1); err == nil || err.Error() != "open "+dir+": got a folder, want a file" || !errors.Is(err, syscall.EISDIR) {
		t.Errorf("a folder: got error %v", err)
	}
	absent := filepath.Join(dir, "absent")
	if _, err := Open(absent, 1); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), absent) != 1 {
		t.Errorf("an absent file: got error %v, want that it is not there, with its path once", err)
	}
}
