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
	"slices"
	"strings"
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

// TestLicencesAreCurrent holds that programs carry the licences of all that they may link: it
// compares the file that they embed with what the modules come with.
func TestLicencesAreCurrent(t *testing.T) {
	want, err := licences(false, linkable()...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../internal/thirdparty/licences.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, wantModules, _ := bytes.Cut(want, []byte("==== github.com/")) // Go's own change with its version
	_, gotModules, _ := bytes.Cut(got, []byte("==== github.com/"))
	if !bytes.Equal(gotModules, wantModules) || len(wantModules) == 0 {
		t.Error("internal/thirdparty/licences.txt is not what the linked modules come with: run go generate ./internal/thirdparty")
	}
}

// TestLicenceNames holds which names are those of licences.
func TestLicenceNames(t *testing.T) {
	texts := []string{
		"LICENSE", "license", "Licence", "LICENSE.md", "LICENSE-2.0.txt", "LICENSE_MIT", "MIT-LICENSE.txt", "UNLICENSE", "UnLicense.md",
		"unlicence.txt", "COPYING", "copying.lesser", "COPYRIGHT", "NOTICE", "Notice.txt", "PATENTS", "LICENSES/MIT.txt", "licences/ftl.txt",
	}
	others := []string{"licensing.go", "license.go", "README.md", "licenses_test.go", "notices.json", "LICENSES/tool.go", "LICENSE.d/a", "sub/LICENSE"}
	dir := t.TempDir()
	for _, name := range append(texts, others...) {
		dir := filepath.Join(dir, "of "+strings.ReplaceAll(name, "/", " "))
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("text"), 0o644)); err != nil {
			t.Fatal(err)
		}
		var all bytes.Buffer
		err := appendLicences(&all, "m", dir)
		switch wanted := slices.Contains(texts, name); {
		case wanted && (err != nil || all.String() != "==== m: "+name+"\n\ntext\n\n"):
			t.Errorf("%s: got %q, %v, want it", name, all.String(), err)
		case !wanted && err == nil:
			t.Errorf("%s: got %q, want no licence", name, all.String())
		}
	}
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
