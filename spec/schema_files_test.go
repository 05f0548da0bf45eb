package spec_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// asEditor returns what a schema says of a spec as an editor reads it: its values, whatever their
// notation. A text that is no YAML at all is refused before any schema.
func asEditor(t *testing.T, schema *jsonschema.Schema, data []byte) error {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return err // a key or a number that JSON does not have
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// TestSchemaAcceptsZoo holds that an editor marks nothing in a spec of the zoo, nor in the
// template.
func TestSchemaAcceptsZoo(t *testing.T) {
	schema := validator(t)
	specs := map[string][]byte{"template": spec.Template()}
	for _, name := range zoo.Names() {
		data, err := zoo.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		specs[name] = data
	}
	for name, data := range specs {
		if err := asEditor(t, schema, data); err != nil {
			t.Errorf("%s: got %v, want it accepted", name, err)
		}
	}
}

// TestSchemaRefusesBad holds that an editor marks each bad spec of the tests, but for those that
// the golden file lists: a schema sees no problem between values, between a value and its place in
// float32 or in memory, or in the notation.
func TestSchemaRefusesBad(t *testing.T) {
	schema := validator(t)
	var accepted []string
	for _, path := range badSpecs(t) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if asEditor(t, schema, data) == nil {
			accepted = append(accepted, strings.TrimSuffix(filepath.Base(path), ".yaml"))
		}
	}
	golden(t, "testdata/decoder_only.golden", strings.Join(accepted, "\n")+"\n")
}

// TestSchemaHelps holds that an editor has for each key a description, and something to offer:
// choices, a default or an example, each of which the key's own schema accepts.
func TestSchemaHelps(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(spec.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	helps(t, root, "")
}

func helps(t *testing.T, holder map[string]any, path string) {
	t.Helper()
	if holder["additionalProperties"] != false {
		t.Errorf("%s: got other keys accepted, want them refused", path)
	}
	for key, v := range holder["properties"].(map[string]any) {
		s, at := v.(map[string]any), strings.TrimPrefix(path+"."+key, ".")
		if text, _ := s["description"].(string); len(strings.Fields(text)) < 3 {
			t.Errorf("%s: got description %q, want a sentence", at, text)
		}
		examples, _ := s["examples"].([]any)
		if fallback, ok := s["default"]; ok {
			examples = append(examples, fallback)
		}
		if len(examples) == 0 && s["enum"] == nil {
			t.Errorf("%s: got no choices, default or example", at)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource(at, s); err != nil {
			t.Fatal(err)
		}
		for _, example := range examples {
			if err := c.MustCompile(at).Validate(example); err != nil {
				t.Errorf("%s: got an example that its own schema refuses: %v", at, err)
			}
		}
		if s["type"] == "object" {
			helps(t, s, at)
		}
	}
}
