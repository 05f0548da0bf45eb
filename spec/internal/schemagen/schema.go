package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/doc"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/internal/names"
)

const (
	importPath = "github.com/resnetgen/resnetgen/spec"
	schemaID   = "https://" + importPath + "/schema.json"
)

// generate returns the schema of spec.Net as indented JSON. Descriptions are the comments in the Go
// file source; bounds, choices and defaults are the tags of its types.
func generate(source string) ([]byte, error) {
	r := &jsonschema.Reflector{
		RequiredFromJSONSchemaTags: true,
		DoNotReference:             true,
		ExpandedStruct:             true,
	}
	if err := r.AddGoComments(importPath, source, jsonschema.WithFullComment()); err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	root := r.Reflect(new(spec.Net))
	root.ID = schemaID
	root.Title = "resnetgen network spec"
	describe(root)
	root.Description = "A residual network for images and how it is trained, as resnetgen compiles it into Go."
	units(property(root, "units"))
	reserved(property(root, "name"))
	property(root, "standardize").Required = []string{"mean", "std"}
	defaults(root)
	root.AllOf = append([]*jsonschema.Schema{bottleneck(), strides()}, dataSets()...)
	train := property(root, "train")
	train.AllOf = optimizers(property(train, "optimizer").Enum)
	rate := property(train, "learning_rate")
	rate.AllOf = schedules()

	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return out.Bytes(), nil
}

// describe makes one line of each key's comment, which begins with the key instead of the field's
// name.
func describe(s *jsonschema.Schema) {
	if s.Properties == nil {
		return
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		words := strings.Fields(p.Value.Description)
		if len(words) > 0 {
			words[0] = p.Key
		}
		p.Value.Description = strings.Join(words, " ")
		describe(p.Value)
	}
}

// property returns a key's schema. It panics where the types have no such key.
func property(s *jsonschema.Schema, key string) *jsonschema.Schema {
	p, ok := s.Properties.Get(key)
	if !ok {
		panic("schemagen: no key " + key)
	}
	return p
}

// units allows one number for all stages beside the list.
func units(s *jsonschema.Schema) {
	list := *s
	list.Description = ""
	*s = jsonschema.Schema{
		Description: s.Description,
		OneOf:       []*jsonschema.Schema{s.Items, &list},
		Examples:    []any{3, []int{3, 4, 6}},
	}
}

// reserved excludes the names that cannot be those of a Go package, a file and a program.
func reserved(s *jsonschema.Schema) {
	var words []any
	for t := token.BREAK; t <= token.VAR; t++ {
		words = append(words, t.String())
	}
	for _, name := range types.Universe.Names() {
		if doc.IsPredeclared(name) {
			words = append(words, name)
		}
	}
	for _, name := range names.Reserved() {
		words = append(words, name)
	}
	s.Not = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{
		{Enum: words},
		{Pattern: "_(" + strings.Join(names.Suffixes(), "|") + ")$"},
	}}
}

// defaults documents what the decoder fills in, and gives examples of what tags cannot hold.
func defaults(root *jsonschema.Schema) {
	property(root, "filters").Default = []int{16, 16, 32, 64}
	property(root, "filters").Examples = []any{[]int{16, 64, 128, 256}, []int{16, 160, 320, 640}}
	property(root, "strides").Default = []int{1, 2, 2}
	property(root, "activate_before_residual").Default = []bool{true, false, false}
	standardize := property(root, "standardize")
	standardize.Examples = []any{json.RawMessage(`{"mean":[0.4914,0.4822,0.4465],"std":[0.247,0.2435,0.2616]}`)}
	property(standardize, "mean").Examples = []any{json.RawMessage(`[0.4914,0.4822,0.4465]`)}
	property(standardize, "std").Examples = []any{json.RawMessage(`[0.247,0.2435,0.2616]`)}
	property(root, "labels").Examples = []any{[]string{"airplane", "automobile", "bird"}}
	train := property(root, "train")
	property(train, "momentum").Default = json.Number("0.9")
	adam := property(train, "adam")
	property(adam, "beta1").Default = json.Number("0.9")
	property(adam, "beta2").Default = json.Number("0.999")
	property(adam, "epsilon").Default = json.Number("0.00000001")
	rate := property(train, "learning_rate")
	property(rate, "boundaries").Examples = []any{[]int{40000, 60000, 80000}}
	property(rate, "values").Examples = []any{json.RawMessage(`[0.1,0.01,0.001,0.0001]`)}
	rate.Examples = []any{
		json.RawMessage(`{"schedule":"piecewise","boundaries":[40000,60000,80000],"values":[0.1,0.01,0.001,0.0001]}`),
		json.RawMessage(`{"schedule":"one-cycle","peak":0.2,"warmup":0.15}`),
	}
	for key, example := range map[*jsonschema.Schema]string{
		property(root, "input"):      `{"height":32,"width":32,"channels":3}`,
		property(root, "batch_norm"): `{"epsilon":0.001,"decay":0.9}`,
		train:                        `{"batch":128,"optimizer":"mom","momentum":0.9}`,
		adam:                         `{"beta1":0.9,"beta2":0.999,"epsilon":0.00000001}`,
		property(train, "augment"):   `{"pad":2,"flip":"random"}`,
		property(root, "eval"):       `{"batch":100}`,
	} {
		key.Examples = []any{json.RawMessage(example)}
	}
}

// when holds objects whose key has the constant value to then.
func when(key string, value any, then *jsonschema.Schema) *jsonschema.Schema {
	return whenIn(key, []any{value}, then)
}

// whenIn holds objects whose key has one of the values to then.
func whenIn(key string, values []any, then *jsonschema.Schema) *jsonschema.Schema {
	one := &jsonschema.Schema{Enum: values}
	if len(values) == 1 {
		one = &jsonschema.Schema{Const: values[0]}
	}
	is := object(key, one)
	is.Required = []string{key}
	return &jsonschema.Schema{If: is, Then: then}
}

// bottleneck wants quarters of every stage's filters: of all but the stem's.
func bottleneck() *jsonschema.Schema {
	return when("bottleneck", true, object("filters", &jsonschema.Schema{
		PrefixItems: []*jsonschema.Schema{{}},
		Items:       &jsonschema.Schema{MultipleOf: "4"},
	}))
}

// strides have a default for three stages only.
func strides() *jsonschema.Schema {
	four := uint64(4) // the stem's filters and those of three stages
	return &jsonschema.Schema{
		If: &jsonschema.Schema{
			Required: []string{"filters"},
			Not:      object("filters", &jsonschema.Schema{MinItems: &four, MaxItems: &four}),
		},
		Then: &jsonschema.Schema{Required: []string{"strides"}},
	}
}

// dataSets hold input and classes to the data set that is named.
func dataSets() (rules []*jsonschema.Schema) {
	for _, set := range []struct {
		name                    string
		size, channels, classes int
	}{
		{"cifar10", 32, 3, 10},
		{"cifar100", 32, 3, 100},
		{"fashion-mini", 28, 1, 10},
		{"fashion-mnist", 28, 1, 10},
	} {
		input := object("height", &jsonschema.Schema{Const: set.size})
		input.Properties.Set("width", &jsonschema.Schema{Const: set.size})
		input.Properties.Set("channels", &jsonschema.Schema{Const: set.channels})
		network := object("input", input)
		network.Properties.Set("classes", &jsonschema.Schema{Const: set.classes})
		rules = append(rules, when("data", set.name, network))
	}
	return rules
}

// optimizers give each optimizer its own keys alone: the others' numbers may be 0, their mappings
// not be there.
func optimizers(all []any) (rules []*jsonschema.Schema) {
	train := reflect.TypeFor[spec.Train]()
	for i := range train.NumField() {
		f := train.Field(i)
		tag, owned := f.Tag.Lookup("optimizer")
		if !owned {
			continue
		}
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		var owners, others []any
		for _, optimizer := range all {
			if slices.Contains(strings.Split(tag, ","), optimizer.(string)) {
				owners = append(owners, optimizer)
			} else {
				others = append(others, optimizer)
			}
		}
		if f.Type.Kind() == reflect.Struct {
			rule := whenIn("optimizer", owners, nil)
			rule.Else = object(key, jsonschema.FalseSchema)
			rules = append(rules, rule)
		} else {
			rules = append(rules, whenIn("optimizer", others, object(key, &jsonschema.Schema{Const: 0})))
		}
	}
	return rules
}

// schedules give each schedule its own keys alone. Piecewise may have neither of its two: the
// official model's stand in.
func schedules() (rules []*jsonschema.Schema) {
	keys := map[string][]string{}
	var order []string
	rate := reflect.TypeFor[spec.LearningRate]()
	for i := range rate.NumField() {
		f := rate.Field(i)
		schedule := f.Tag.Get("schedule")
		if schedule == "" {
			continue
		}
		if keys[schedule] == nil {
			order = append(order, schedule)
		}
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		keys[schedule] = append(keys[schedule], key)
	}
	for _, schedule := range order {
		then := &jsonschema.Schema{Properties: jsonschema.NewProperties()}
		if schedule == "piecewise" {
			then.DependentRequired = map[string][]string{"boundaries": {"values"}, "values": {"boundaries"}}
		} else {
			then.Required = keys[schedule]
		}
		for _, other := range order {
			for _, key := range keys[other] {
				if other != schedule {
					then.Properties.Set(key, jsonschema.FalseSchema)
				}
			}
		}
		rules = append(rules, when("schedule", schedule, then))
	}
	return rules
}

// object is a schema of one key; an object without it passes.
func object(key string, s *jsonschema.Schema) *jsonschema.Schema {
	p := jsonschema.NewProperties()
	p.Set(key, s)
	return &jsonschema.Schema{Properties: p}
}
