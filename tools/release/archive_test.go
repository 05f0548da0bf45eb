package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	stamp   = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	entries = []entry{{"resnetgen", []byte("program"), 0o755}, {"man/man1/resnetgen.1", bytes.Repeat([]byte("page "), 1000), 0o644}}
)

// member is what an archive says of a file.
type member struct {
	Name string
	Data string
	Mode fs.FileMode
	Time time.Time
}

var want = []member{
	{"r_1/resnetgen", "program", 0o755, stamp},
	{"r_1/man/man1/resnetgen.1", string(bytes.Repeat([]byte("page "), 1000)), 0o644, stamp},
}

// TestTarred reads an archive back, and holds that it is the same each time.
func TestTarred(t *testing.T) {
	data := twice(t, tarred)
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var got []member
	for r := tar.NewReader(zr); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Uname != "" {
			t.Errorf("%s: got owner %d %q, want none", h.Name, h.Uid, h.Uname)
		}
		got = append(got, member{h.Name, string(text), fs.FileMode(h.Mode), h.ModTime.UTC()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tar.gz (-want +got):\n%s", diff)
	}
}

// TestZipped is TestTarred for zips.
func TestZipped(t *testing.T) {
	data := twice(t, zipped)
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []member
	for _, f := range r.File {
		text, err := fs.ReadFile(r, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, member{f.Name, string(text), f.Mode(), f.Modified.UTC()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("zip (-want +got):\n%s", diff)
	}
}

func twice(t *testing.T, archive func(string, []entry, time.Time) ([]byte, error)) []byte {
	t.Helper()
	a, err := archive("r_1", entries, stamp)
	if err != nil {
		t.Fatal(err)
	}
	b, err := archive("r_1", entries, stamp)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("got other bytes the second time (%v), want the same", err)
	}
	return a
}

// TestLicences holds that a module without a licence stops a release, and which files are licences.
func TestLicences(t *testing.T) {
	dir := t.TempDir()
	var all bytes.Buffer
	if err := appendLicences(&all, "example.com/x v1.0.0", dir); err == nil {
		t.Error("no licence: got no error, want one")
	}
	for _, name := range []string{"LICENSE.md", "NOTICE", "licensing.go"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text of "+name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := appendLicences(&all, "example.com/x v1.0.0", dir); err != nil {
		t.Fatal(err)
	}
	want := "==== example.com/x v1.0.0: LICENSE.md\n\ntext of LICENSE.md\n\n==== example.com/x v1.0.0: NOTICE\n\ntext of NOTICE\n\n"
	if diff := cmp.Diff(want, all.String()); diff != "" {
		t.Errorf("licences (-want +got):\n%s", diff)
	}
}
