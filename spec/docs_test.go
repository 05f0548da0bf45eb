package spec_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/spec"
)

// property is what the documentation repeats of the schema.
type property struct {
	Type             string
	Properties       map[string]*property
	Required         []string
	Items            *property
	OneOf            []*property
	Enum             []string
	Default          json.RawMessage
	MinItems         int
	MaxItems         int
	MaxLength        int
	Minimum          *float64
	Maximum          *float64
	ExclusiveMinimum *float64
	ExclusiveMaximum *float64
	Examples         []json.RawMessage
}

var rowPattern = regexp.MustCompile("(?m)^\\| `([a-z0-9_.]+)` \\| ([^|]*) \\| ([^|]*) \\| ([^|]*) \\| ([^|]+) \\|$")

// TestDocumentation holds the table in docs/spec.md to the schema: a row for each key with its
// type, range and default, and no other row.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../docs/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, m := range rowPattern.FindAllStringSubmatch(string(text), -1) {
		if rows[m[1]] != "" {
			t.Errorf("%s: got two rows, want one", m[1])
		}
		rows[m[1]] = strings.Join(m[2:5], " | ")
	}
	for key, want := range documented(schemaRoot, "") {
		if got := rows[key]; got != want {
			t.Errorf("docs/spec.md: %s: got row\n%s\nwant\n%s", key, got, want)
		}
		delete(rows, key)
	}
	for key := range rows {
		t.Errorf("docs/spec.md: got a row %s, want none: there is no such key", key)
	}
}

// TestDocumentationLimits holds the limits that the text states to the constants.
func TestDocumentationLimits(t *testing.T) {
	text, err := os.ReadFile("../docs/spec.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("%d MiB", spec.MaxBytes>>20),
		fmt.Sprintf("%d GiB", int64(spec.MaxMemory)>>30),
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/spec.md: got no %q, want the limit stated", want)
		}
	}
}

// documented returns the type, range and default of each key below s.
func documented(s *property, path string) map[string]string {
	rows := map[string]string{}
	for key, p := range s.Properties {
		at := strings.TrimPrefix(path+"."+key, ".")
		fallback := string(p.Default)
		switch {
		case slices.Contains(s.Required, key):
			fallback = "required"
		case fallback != "":
			words := strings.Fields(strings.Trim(fallback, `"`)) // on one line
			fallback = "`" + strings.NewReplacer("[ ", "[", " ]", "]").Replace(strings.Join(words, " ")) + "`"
		}
		rows[at] = strings.Join([]string{kind(p), span(p), fallback}, " | ")
		for inner, row := range documented(p, at) {
			rows[inner] = row
		}
	}
	return rows
}

// kind names the type of p's values.
func kind(p *property) string {
	switch p.Type {
	case "":
		return kind(p.OneOf[0]) + ", or " + kind(p.OneOf[1])
	case "integer":
		return "whole number"
	case "boolean":
		return "true or false"
	case "string":
		return "text"
	case "array":
		return "list"
	case "object":
		return "mapping"
	}
	return p.Type
}

// span says which of p's values are allowed.
func span(p *property) string {
	var parts []string
	bound := func(sign string, v *float64) {
		if v != nil {
			parts = append(parts, sign+" "+strconv.FormatFloat(*v, 'f', -1, 64))
		}
	}
	bound("≥", p.Minimum)
	bound(">", p.ExclusiveMinimum)
	bound("≤", p.Maximum)
	bound("<", p.ExclusiveMaximum)
	if p.Enum != nil {
		parts = append(parts, "`"+strings.Join(p.Enum, "`, `")+"`")
	}
	if p.MaxLength > 0 {
		parts = append(parts, fmt.Sprintf("≤ %d characters", p.MaxLength))
	}
	switch {
	case p.OneOf != nil:
		return span(p.OneOf[1])
	case p.Type == "array" && p.MinItems > 0:
		parts = append(parts, fmt.Sprintf("%d to %d values", p.MinItems, p.MaxItems))
	case p.Type == "array":
		parts = append(parts, fmt.Sprintf("≤ %d values", p.MaxItems))
	}
	if p.Items != nil {
		if each := span(p.Items); each != "" {
			parts = append(parts, "each "+each)
		}
	}
	return strings.Join(parts, ", ")
}
