package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/resnetgen/resnetgen/spec"
)

// TestCommitted holds that schema.json is what the types say.
func TestCommitted(t *testing.T) {
	t.Chdir("../..") // comments are found by the file's place in the package
	got, err := generate("net.go")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("schema.json is out of date, run go generate ./spec (-committed +generated):\n%s", diff)
	}
	if !bytes.Equal(spec.Schema(), want) {
		t.Error("got another schema from the package than from its file")
	}
}

// TestRun writes a schema where one is, and leaves nothing beside it.
func TestRun(t *testing.T) {
	t.Chdir("../..")
	dir := t.TempDir()
	output := dir + "/schema.json"
	if err := os.WriteFile(output, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(output, "net.go"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(output)
	if err != nil || !bytes.Equal(got, spec.Schema()) {
		t.Errorf("got %d bytes and error %v, want the schema", len(got), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("got %v and error %v, want one file", entries, err)
	}
	if err := run(dir+"/absent/schema.json", "net.go"); err == nil {
		t.Error("a folder that is not there: got no error, want one")
	}
}
