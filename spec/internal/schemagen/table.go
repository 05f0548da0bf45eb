package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/invopop/jsonschema"

	"github.com/resnetgen/resnetgen/runtime/abi"
	"github.com/resnetgen/resnetgen/spec"
)

// The lines between which a document has the tables. The rest of the document is written by hand.
const (
	keysBegin       = "<!-- keys, by go generate ./spec from net.go -->\n"
	keysEnd         = "<!-- end of keys -->\n"
	optimizersBegin = "<!-- optimizers, by go generate ./spec from runtime/abi -->\n"
	optimizersEnd   = "<!-- end of optimizers -->\n"
)

// documented returns a document with its tables made anew: a row for each key of the schema, and
// for each optimizer.
func documented(document []byte, schema []byte) ([]byte, error) {
	var root jsonschema.Schema
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	var keys bytes.Buffer
	keys.WriteString("| key | type | range | default | meaning |\n| --- | --- | --- | --- | --- |\n")
	rows(&keys, &root, "")
	document, err := between(document, keysBegin, keys.Bytes(), keysEnd)
	if err != nil {
		return nil, err
	}
	return between(document, optimizersBegin, optimizerTable(), optimizersEnd)
}

// between returns a document with table between the lines begin and end.
func between(document []byte, begin string, table []byte, end string) ([]byte, error) {
	before, rest, begins := bytes.Cut(document, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !begins || !ends {
		return nil, fmt.Errorf("got a document without the lines around its table, want %q and %q", begin, end)
	}
	return slices.Concat(before, []byte(begin), table, []byte(end), after), nil
}

// optimizerTable has a row for each optimizer.
func optimizerTable() []byte {
	var out bytes.Buffer
	out.WriteString("| optimizer | definition | keeps of each variable | source |\n| --- | --- | --- | --- |\n")
	for _, o := range abi.Optimizers() {
		var slots []string
		for _, s := range o.Slots {
			slots = append(slots, fmt.Sprintf("`<variable>%s`: %s", s.Suffix, s.Description))
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", o.Name, o.Equation, strings.Join(slots, "; "), o.Source)
	}
	return out.Bytes()
}

// rows writes a row for each key below s, whose own key is path.
func rows(out *bytes.Buffer, s *jsonschema.Schema, path string) {
	if s.Properties == nil {
		return
	}
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		at := strings.TrimPrefix(path+"."+p.Key, ".")
		fmt.Fprintf(out, "| `%s` | %s | %s | %s | %s |\n", at, kind(p.Value), span(p.Value), fallback(s, p.Key), meaning(at, p.Value))
		rows(out, p.Value, at)
	}
}

// kind names the type of a key's values.
func kind(s *jsonschema.Schema) string {
	if s.OneOf != nil {
		return kind(s.OneOf[0]) + ", or " + kind(s.OneOf[1])
	}
	names := map[string]string{"integer": "whole number", "boolean": "true or false", "string": "text", "array": "list", "object": "mapping", "number": "number"}
	return names[s.Type]
}

// span says which of a key's values are allowed.
func span(s *jsonschema.Schema) string {
	if s.OneOf != nil {
		return span(s.OneOf[1])
	}
	var parts []string
	for _, b := range []struct {
		sign  string
		value json.Number
	}{{"≥", s.Minimum}, {">", s.ExclusiveMinimum}, {"≤", s.Maximum}, {"<", s.ExclusiveMaximum}} {
		if b.value != "" {
			parts = append(parts, b.sign+" "+b.value.String())
		}
	}
	if s.Enum != nil {
		parts = append(parts, "`"+strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.Enum)), "`, `"), "[]")+"`")
	}
	if s.MaxLength != nil {
		parts = append(parts, fmt.Sprintf("≤ %d characters", *s.MaxLength))
	}
	switch {
	case s.MinItems != nil && *s.MinItems > 0:
		parts = append(parts, fmt.Sprintf("%d to %d values", *s.MinItems, *s.MaxItems))
	case s.MaxItems != nil:
		parts = append(parts, fmt.Sprintf("≤ %d values", *s.MaxItems))
	}
	if s.Items != nil {
		if each := span(s.Items); each != "" {
			parts = append(parts, "each "+each)
		}
	}
	return strings.Join(parts, ", ")
}

// fallback is what a key is when it is left out.
func fallback(parent *jsonschema.Schema, key string) string {
	s := property(parent, key)
	switch {
	case slices.Contains(parent.Required, key):
		return "required"
	case s.Default == nil:
		return ""
	}
	if v, ok := s.Default.(float64); ok {
		return "`" + strconv.FormatFloat(v, 'f', -1, 64) + "`"
	}
	text := fmt.Sprint(s.Default)
	return "`" + strings.ReplaceAll(text, " ", ", ") + "`"
}

// meaning is a key's description as a row has it: without the key and the verb that only joins, and
// behind the schedule that the key is of.
func meaning(path string, s *jsonschema.Schema) string {
	_, text, _ := strings.Cut(strings.TrimSuffix(s.Description, "."), " ")
	for _, verb := range []string{"is ", "are ", "says ", "holds "} {
		text = strings.TrimPrefix(text, verb)
	}
	if key, ok := strings.CutPrefix(path, "train.learning_rate."); ok {
		if of := scheduleOf(key); of != "" {
			return "`" + of + "`: " + text
		}
	}
	if word, _, _ := strings.Cut(text, " "); slices.Contains(s.Enum, any(strings.TrimRight(word, ",:"))) {
		return text // begins with a value
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// scheduleOf names the schedule that a key of learning_rate belongs to, if it is of one alone.
func scheduleOf(key string) string {
	rate := reflect.TypeFor[spec.LearningRate]()
	for i := range rate.NumField() {
		if name, _, _ := strings.Cut(rate.Field(i).Tag.Get("yaml"), ","); name == key {
			schedule, _ := strings.CutPrefix(rate.Field(i).Tag.Get("of"), "schedule=")
			return schedule
		}
	}
	return ""
}
