package spec_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"github.com/resnetgen/resnetgen/spec"
)

// validator compiles the committed schema.
func validator(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(spec.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// document is a spec as a tree of JSON values.
type document = map[string]any

// documents returns valid specs to start from, that together have every key.
func documents(t testing.TB) []document {
	t.Helper()
	var all []document
	for _, data := range []string{
		minimal,
		string(spec.Template()),
		minimal + "bottleneck: true\nfilters: [3, 4, 8]\nstrides: [1, 2]\nunits: [1, 2]\nactivate_before_residual: [false, true]\n" +
			"train: {optimizer: sgd, learning_rate: {schedule: constant, value: 0.1, warmup: 0.1}}\n",
		minimal + "train: {learning_rate: {schedule: cosine, start: 0.1}}\neval: {batch: 7}\ndata: ./x\nlabels: []\n",
		minimal + "train: {optimizer: adamw, adam: {beta1: 0.9, beta2: 0.99, epsilon: 1e-7}, decay_on: all, label_smoothing: 0.1, ema: 0.99}\neval: {flip: true}\n",
		minimal + "train: {learning_rate: {schedule: one-cycle, peak: 0.1}, augment: {flip: none, pad: 0}, recompute: 2}\nalgorithm: direct\n",
		minimal + "bottleneck: true\nbottleneck_stride: middle\nfilters: [3, 5, 8, 7]\ninner_filters: [3, 4, 8]\ninitialization: fan-in\n",
		minimal + "family: torchvision\nfilters: [3, 4, 8, 8]\nbottleneck: true\n",
		minimal + "family: paper\nshortcut: projection-bn\nfilters: [3, 4]\n",
		minimal + "unit: post-activation\nbatch_norm: {epsilon: 1e-5, variance: unbiased, last_gamma: 0}\n",
		minimal + "preprocess: {resize: 40, fit: pad, crop: 32, interpolation: bicubic, channels: bgr}\n",
		minimal + "standardize: {mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616]}\nstem: {kernel: 7, stride: 2, pool: max}\n",
	} {
		data = yamlWithoutRepeats(data)
		parse(t, data)
		var doc document
		if err := yaml.Unmarshal([]byte(data), &doc); err != nil {
			t.Fatal(err)
		}
		all = append(all, doc)
	}
	single := variants(t)
	for _, key := range schemaKeys(schemaRoot) {
		if slices.ContainsFunc(all, func(doc document) bool { return has(doc, key.path) }) {
			continue
		}
		if single[key.String()] == nil {
			t.Errorf("%s: got no spec that has it, want one", &key)
			continue
		}
		var doc document
		if err := yaml.Unmarshal([]byte(single[key.String()][0]), &doc); err != nil {
			t.Fatal(err)
		}
		all = append(all, doc)
	}
	return all
}

// has reports whether a spec has a key.
func has(doc document, path []string) bool {
	inner, _ := doc[path[0]].(document)
	_, found := doc[path[0]]
	return found && (len(path) == 1 || has(inner, path[1:]))
}

var unitsTwice = regexp.MustCompile(`units: 3\n((?s:.*)units: \[)`)

// yamlWithoutRepeats drops the minimal spec's units where others follow.
func yamlWithoutRepeats(s string) string { return unitsTwice.ReplaceAllString(s, "$1") }

// TestSchemaAgreesOnEveryKey gives every key, in the template, every value in turn, and holds that
// schema and decoder judge the result alike.
func TestSchemaAgreesOnEveryKey(t *testing.T) {
	t.Parallel()
	schema := validator(t)
	var doc document
	if err := yaml.Unmarshal(spec.Template(), &doc); err != nil {
		t.Fatal(err)
	}
	var visit func(holder document, properties map[string]*property)
	visit = func(holder document, properties map[string]*property) {
		for _, key := range slices.Sorted(maps.Keys(properties)) {
			before, given := holder[key]
			for _, value := range values {
				holder[key] = value
				agree(t, schema, doc)
			}
			if inner := properties[key].Properties; inner != nil {
				if !given {
					before = document{}
				}
				holder[key] = before
				visit(before.(document), inner)
			}
			if holder[key] = before; !given {
				delete(holder, key)
			}
		}
	}
	visit(doc, schemaRoot.Properties)
}

// TestSchemaAgrees changes valid specs at random places and holds that schema and decoder judge the
// result alike, as far as a schema can.
func TestSchemaAgrees(t *testing.T) {
	t.Parallel()
	schema := validator(t)
	starts := documents(t)
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 10 {
			doc := clone(rapid.SampledFrom(starts).Draw(t, "start")).(document)
			for range rapid.IntRange(0, 2).Draw(t, "changes") {
				change(t, doc)
			}
			if agree(t, schema, doc) {
				accepted++
			} else {
				refused++
			}
		}
	})
	if all := accepted + refused; accepted < all/10 || refused < all/10 {
		t.Errorf("got %d accepted and %d refused specs, want a tenth or more of each", accepted, refused)
	}
}

// fataler is what *testing.T and *rapid.T share.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// agree compares the verdicts about doc and returns the decoder's. What both accept is encoded and
// read again.
func agree(t fataler, schema *jsonschema.Schema, doc document) (accepted bool) {
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	data = bytes.ReplaceAll(data, []byte("\u0085"), []byte(`\u0085`)) // bare it is a line break to YAML
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	verdict := schema.Validate(value)
	net, err := spec.Parse("net.yaml", data) // JSON is YAML
	var problems spec.Errors
	errors.As(err, &problems)
	within := slices.ContainsFunc(problems, func(e spec.Error) bool { return !spec.BeyondSchema(e) })
	switch {
	case verdict == nil && within:
		t.Fatalf("the schema accepts, the decoder does not:\n%v\n%s", err, data)
	case verdict != nil && err == nil:
		t.Fatalf("the decoder accepts, the schema does not:\n%v\n%s", verdict, data)
	case err == nil:
		roundTrip(t, net)
	}
	return err == nil
}

// change replaces, removes, repeats or adds a value somewhere in doc.
func change(t *rapid.T, doc document) {
	var holder any = doc
	for {
		inner := children(holder)
		if len(inner) == 0 || !rapid.Bool().Draw(t, "deeper") {
			break
		}
		holder = rapid.SampledFrom(inner).Draw(t, "holder")
	}
	switch h := holder.(type) {
	case document:
		key := rapid.SampledFrom(keys).Draw(t, "key")
		if present := slices.Sorted(maps.Keys(h)); len(present) > 0 && rapid.IntRange(0, 3).Draw(t, "present") > 0 {
			key = rapid.SampledFrom(present).Draw(t, "key")
		}
		if rapid.IntRange(0, 3).Draw(t, "remove") == 0 {
			delete(h, key)
			return
		}
		h[key] = clone(rapid.SampledFrom(values).Draw(t, "value"))
	case []any:
		i := rapid.IntRange(0, len(h)-1).Draw(t, "index")
		h[i] = clone(rapid.SampledFrom(values).Draw(t, "value"))
	}
}

// children returns the mappings and filled lists in v.
func children(v any) (inner []any) {
	add := func(v any) {
		switch v := v.(type) {
		case document:
			inner = append(inner, v)
		case []any:
			if len(v) > 0 {
				inner = append(inner, v)
			}
		}
	}
	switch v := v.(type) {
	case document:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			add(v[key])
		}
	case []any:
		for _, elem := range v {
			add(elem)
		}
	}
	return inner
}

// clone copies a tree, so that a change of one does not show in another.
func clone(v any) any {
	switch v := v.(type) {
	case document:
		c := make(document, len(v))
		for key, value := range v {
			c[key] = clone(value)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i := range v {
			c[i] = clone(v[i])
		}
		return c
	}
	return v
}

// keys are those of all mappings, and some that no mapping has.
var keys = append(namesOf(schemaKeys(schemaRoot)), "Name", "", "stage", "$schema")

func namesOf(keys []schemaKey) (names []string) {
	for _, key := range keys {
		names = append(names, key.path[len(key.path)-1])
	}
	return names
}

// values lie inside, at and outside of the bounds of some key: by the schema, and others.
var values = append(valuesOf(schemaKeys(schemaRoot)), []any{
	nil, true, false, -1, 0, 1, 2, 3, 4, 8, 10, 28, 32, 100, 1000, 1001, 1024, 1025, 10000, 10001, 65536,
	65537, 2147483647, int64(2147483648), -0.5, 0.1, 0.5, 0.999, 1.5, 1e39, 1e-60,
	"", "x", "net", "func", "net_linux", "a-b", "Å", "a\nb", "32", "true", "cifar10", "cifar100", "fashion-mini",
	"fashion-mnist", "./x", `C:\x`, "a/\u0085b", strings.Repeat("n", 63), strings.Repeat("n", 64), longText(100), longText(101),
	[]any{},
	[]any{1},
	[]any{1, 1},
	[]any{4, 8, 12},
	[]any{0.1, 0.2},
	[]any{true},
	[]any{"a", "b"},
	[]any{"a", "a"},
	[]any{16, 16, 32, 64},
	[]any{3, 3, 3},
	[]any{1, 2, 2},
	[]any{[]any{1}},
	ones(64), ones(65), ones(66),
	document{},
	document{"schedule": "constant", "value": 1},
	document{"schedule": "piecewise"},
	document{"schedule": "cosine", "value": 1},
	document{"batch": 1},
	document{"beta1": 0.5},
	document{"pool": "max"},
	document{"kernel": 5, "stride": 2},
	document{"fit": "stretch"},
	document{"resize": 28, "channels": "bgr"},
	document{"height": 1, "width": 1, "channels": 1},
	document{"mean": []any{0.1, 0.2, 0.3}, "std": []any{0.1, 0.2, 0.3}},
	document{"mean": []any{0.1}, "std": []any{0.1}},
}...)

func valuesOf(keys []schemaKey) (values []any) {
	seen := map[string]bool{}
	for _, key := range keys {
		for _, value := range key.candidates() {
			text, err := json.Marshal(value)
			if err != nil {
				panic(err)
			}
			if seen[string(text)] {
				continue
			}
			seen[string(text)] = true
			var plain any
			if err := json.Unmarshal(text, &plain); err != nil {
				panic(err)
			}
			values = append(values, plain)
		}
	}
	return values
}

func longText(n int) string { return fmt.Sprintf("%0*d", n, 0)[:n-1] + "é" }

func ones(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = 1
	}
	return list
}
