package main

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/spec"
)

// TestCommitted holds that schema.json and the table in docs/spec.md are what the types say.
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
	document, err := os.ReadFile("../docs/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	if current, err := documented(document, got); err != nil || !bytes.Equal(current, document) {
		t.Errorf("docs/spec.md is out of date, run go generate ./spec (error %v, -committed +generated):\n%s", err, cmp.Diff(string(document), string(current)))
	}
	if !bytes.Equal(spec.Schema(), want) {
		t.Error("got another schema from the package than from its file")
	}
}

// TestOptimizers holds that a spec may name the optimizers of the table, and no others.
func TestOptimizers(t *testing.T) {
	f, _ := reflect.TypeFor[spec.Train]().FieldByName("Optimizer")
	var got, want []string
	for word := range strings.SplitSeq(f.Tag.Get("jsonschema"), ",") {
		if name, ok := strings.CutPrefix(word, "enum="); ok {
			got = append(got, name)
		}
	}
	for _, o := range abi.Optimizers() {
		want = append(want, o.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got the optimizers %q in specs, want %q", got, want)
	}
}

// TestRun writes a schema where one is, and a table where one is, and leaves nothing beside it.
func TestRun(t *testing.T) {
	t.Chdir("../..")
	dir := t.TempDir()
	output := dir + "/schema.json"
	if err := os.WriteFile(output, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	document := dir + "/spec.md"
	if err := os.WriteFile(document, []byte("before\n"+keysBegin+"old\n"+keysEnd+"after\n"+optimizersBegin+"old\n"+optimizersEnd), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(output, document, "net.go"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(output)
	if err != nil || !bytes.Equal(got, spec.Schema()) {
		t.Errorf("got %d bytes and error %v, want the schema", len(got), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("got %v and error %v, want two files", entries, err)
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"before\n" + keysBegin + "| key |", keysEnd + "after\n",
		optimizersBegin + "| optimizer |", "\n| `sgd` | v ← v − lr·g |",
		"\n| `train.momentum` | number | ≥ 0, < 1 | `0.9` | The share", "\n| `train.learning_rate.peak` | number | ≥ 0 |  | `one-cycle`: the highest",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("got no %q in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old\n") {
		t.Errorf("got the table of before in\n%s", text)
	}
	if _, err := documented([]byte("no table\n"), spec.Schema()); err == nil {
		t.Error("a document without a table: got no error, want one")
	}
	if err := run(dir+"/absent/schema.json", document, "net.go"); err == nil {
		t.Error("a folder that is not there: got no error, want one")
	}
}

// TestIdle holds that keys that count with some values of another are held to these, in lists too.
func TestIdle(t *testing.T) {
	type sample struct {
		Kind  string `yaml:"kind" json:"kind" jsonschema:"default=b,enum=a,enum=b"`
		Parts []bool `yaml:"parts,flow" json:"parts,omitempty" of:"kind=b"`
		Width int    `yaml:"width,omitempty" json:"width,omitempty" of:"kind=a"`
	}
	r := &jsonschema.Reflector{DoNotReference: true, ExpandedStruct: true}
	s := r.Reflect(new(sample))
	idle(s, reflect.TypeFor[sample]())
	got, err := json.Marshal(s.AllOf)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"if":{"properties":{"kind":{"enum":["b"]}}},"else":{"properties":{"parts":{"items":{"const":false}}}}},` +
		`{"if":{"properties":{"kind":{"enum":["a"]}},"required":["kind"]},"else":{"properties":{"width":false}}}]`
	if string(got) != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}
