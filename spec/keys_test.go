package spec_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/resnetgen/resnetgen/spec"
)

// schemaRoot is the committed schema, from which the tests know the keys of specs.
var schemaRoot = readSchema()

func readSchema() *property {
	root := new(property)
	if err := json.Unmarshal(spec.Schema(), root); err != nil {
		panic(err)
	}
	return root
}

// schemaKey is a key of the schema. Its path starts at the root.
type schemaKey struct {
	path []string
	*property
}

func (k *schemaKey) String() string { return strings.Join(k.path, ".") }

// schemaKeys returns the keys below s, mappings before their own keys.
func schemaKeys(s *property, path ...string) (all []schemaKey) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		key := schemaKey{append(slices.Clone(path), name), s.Properties[name]}
		all = append(append(all, key), schemaKeys(key.property, key.path...)...)
	}
	return all
}

// candidates are values for a key to try: examples and twice as much, choices, and what is at the
// bounds.
func (k *schemaKey) candidates() (all []any) {
	for _, example := range k.Examples {
		all = append(all, example)
		var v float64
		if json.Unmarshal(example, &v) == nil {
			all = append(all, 2*v)
		}
	}
	for _, choice := range k.Enum {
		all = append(all, choice)
	}
	for _, b := range []*float64{k.Minimum, k.Maximum, k.ExclusiveMinimum, k.ExclusiveMaximum} {
		if b != nil {
			all = append(all, *b, *b+1, *b-1, *b/2)
		}
	}
	if k.Type == "boolean" {
		all = append(all, true)
	}
	return all
}

// with returns the minimal spec with the value at the key, in place of its own where it has one.
func (k *schemaKey) with(t testing.TB, value any) string {
	t.Helper()
	doc := document{}
	if err := yaml.Unmarshal([]byte(minimal), &doc); err != nil {
		t.Fatal(err)
	}
	holder, last := doc, len(k.path)-1
	for _, name := range k.path[:last] {
		if holder[name] == nil {
			holder[name] = document{}
		}
		holder = holder[name].(document)
	}
	holder[k.path[last]] = value
	data, err := json.Marshal(doc) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// variants returns specs that differ from the minimal one in one key, by its path. Keys whose
// values are right only with those of others have none.
func variants(t testing.TB) map[string][]string {
	t.Helper()
	base := parse(t, minimal)
	all := map[string][]string{}
	for _, key := range schemaKeys(schemaRoot) {
		for _, value := range key.candidates() {
			data := key.with(t, value)
			if net, err := spec.Parse("net.yaml", []byte(data)); err == nil && !cmp.Equal(base, net, equalEmpty) {
				all[key.String()] = append(all[key.String()], data)
			}
		}
	}
	return all
}
