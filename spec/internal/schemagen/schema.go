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
	rate := property(property(root, "train"), "learning_rate")
	rate.AllOf = schedules()
	idle(root, reflect.TypeFor[spec.Net]())

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
	property(root, "inner_filters").Examples = []any{[]int{64, 128, 256}, []int{128, 256, 512}}
	property(root, "activate_before_residual").Default = []bool{true, false, false}
	standardize := property(root, "standardize")
	property(standardize, "mean").Examples = []any{json.RawMessage(`[0.4914,0.4822,0.4465]`)}
	property(standardize, "std").Examples = []any{json.RawMessage(`[0.247,0.2435,0.2616]`)}
	preprocess := property(root, "preprocess")
	property(preprocess, "fit").Default = "crop"
	property(preprocess, "interpolation").Default = "bilinear"
	property(preprocess, "channels").Default = "rgb"
	property(root, "stem").Examples = []any{json.RawMessage(`{"kernel":7,"stride":2,"pool":"max"}`)}
	property(root, "labels").Examples = []any{[]string{"airplane", "automobile", "bird"}}
	train := property(root, "train")
	train.Examples = []any{json.RawMessage(`{"batch":128,"optimizer":"mom","momentum":0.9}`)}
	rate := property(train, "learning_rate")
	property(rate, "boundaries").Examples = []any{[]int{40000, 60000, 80000}}
	property(rate, "values").Examples = []any{json.RawMessage(`[0.1,0.01,0.001,0.0001]`)}
	rate.Examples = []any{
		json.RawMessage(`{"schedule":"piecewise","boundaries":[40000,60000,80000],"values":[0.1,0.01,0.001,0.0001]}`),
		json.RawMessage(`{"schedule":"one-cycle","peak":0.2,"warmup":0.15}`),
	}
	exemplify(root)
}

// exemplify gives each mapping without an example the one that its keys' examples and defaults add
// up to.
func exemplify(s *jsonschema.Schema) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		if mapping := p.Value; mapping.Properties != nil {
			exemplify(mapping)
			if mapping.Examples == nil {
				mapping.Examples = []any{exampleOf(mapping)}
			}
		}
	}
}

// exampleOf is an example of a mapping: each key has its first example, or else its default.
func exampleOf(mapping *jsonschema.Schema) json.RawMessage {
	var members []string
	for p := mapping.Properties.Oldest(); p != nil; p = p.Next() {
		example := p.Value.Default
		if len(p.Value.Examples) > 0 {
			example = p.Value.Examples[0]
		}
		value, err := json.Marshal(example)
		if err != nil {
			panic(fmt.Sprintf("schemagen: the example of %s: %v", p.Key, err))
		}
		members = append(members, fmt.Sprintf("%q:%s", p.Key, value))
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}

// when holds objects whose key has the constant value to then.
func when(key string, value any, then *jsonschema.Schema) *jsonschema.Schema {
	is := object(key, &jsonschema.Schema{Const: value})
	is.Required = []string{key}
	return &jsonschema.Schema{If: is, Then: then}
}

// bottleneck wants quarters of every stage's filters, of all but the stem's, unless the inner ones
// are given.
func bottleneck() *jsonschema.Schema {
	rule := when("bottleneck", true, object("filters", &jsonschema.Schema{
		PrefixItems: []*jsonschema.Schema{{}},
		Items:       &jsonschema.Schema{MultipleOf: "4"},
	}))
	rule.If.Not = &jsonschema.Schema{Required: []string{"inner_filters"}}
	return rule
}

// strides have a default for three stages only, in the first family.
func strides() *jsonschema.Schema {
	four := uint64(4) // the stem's filters and those of three stages
	first := object("family", &jsonschema.Schema{Const: "tensorflow"}).Properties
	return &jsonschema.Schema{
		If: &jsonschema.Schema{
			Required:   []string{"filters"},
			Properties: first,
			Not:        object("filters", &jsonschema.Schema{MinItems: &four, MaxItems: &four}),
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

// idle holds the keys of t that count only with certain values of another key: with others they are
// not there, or have their zero where every spec writes them. An of tag says it.
func idle(s *jsonschema.Schema, t reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.Type.Kind() == reflect.Struct {
			idle(property(s, key), f.Type)
		}
		decider, values, owned := strings.Cut(f.Tag.Get("of"), "=")
		if !owned {
			continue
		}
		is := object(decider, &jsonschema.Schema{})
		choice := property(is, decider)
		for value := range strings.SplitSeq(values, ",") {
			choice.Enum = append(choice.Enum, valueOf(property(s, decider), value))
		}
		if !slices.Contains(choice.Enum, property(s, decider).Default) {
			is.Required = []string{decider}
		}
		otherwise := jsonschema.FalseSchema
		if !strings.Contains(options, "omitempty") {
			otherwise = zero(f.Type)
		}
		s.AllOf = append(s.AllOf, &jsonschema.Schema{If: is, Else: object(key, otherwise)})
	}
}

// valueOf is what the text of an of tag means as a value of a key.
func valueOf(key *jsonschema.Schema, text string) any {
	if key.Type == "boolean" {
		return text == "true"
	}
	return text
}

// zero is the schema of a type's zero value, and of lists of it.
func zero(t reflect.Type) *jsonschema.Schema {
	if t.Kind() == reflect.Slice {
		return &jsonschema.Schema{Items: zero(t.Elem())}
	}
	return &jsonschema.Schema{Const: reflect.Zero(t).Interface()}
}

// schedules give each schedule its own keys. Piecewise may have neither of its two: the official
// model's stand in.
func schedules() (rules []*jsonschema.Schema) {
	keys := map[string][]string{}
	var order []string
	rate := reflect.TypeFor[spec.LearningRate]()
	for i := range rate.NumField() {
		f := rate.Field(i)
		schedule, ok := strings.CutPrefix(f.Tag.Get("of"), "schedule=")
		if !ok {
			continue
		}
		if keys[schedule] == nil {
			order = append(order, schedule)
		}
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		keys[schedule] = append(keys[schedule], key)
	}
	for _, schedule := range order {
		then := &jsonschema.Schema{Required: keys[schedule]}
		if schedule == "piecewise" {
			then = &jsonschema.Schema{DependentRequired: map[string][]string{"boundaries": {"values"}, "values": {"boundaries"}}}
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
