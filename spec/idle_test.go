package spec

import (
	"reflect"
	"slices"
	"testing"
)

// sample is a mapping with a list that counts with one value of another key.
type sample struct {
	Kind  string `yaml:"kind" jsonschema:"required,enum=a,enum=b,enum=c"`
	Parts []bool `yaml:"parts,flow" jsonschema:"minItems=1,maxItems=4" of:"kind=b,c"`
}

// TestIdleList holds that the list of a key that does not count keeps its length, and may be given
// only as every spec has it.
func TestIdleList(t *testing.T) {
	for _, c := range []struct {
		text string
		want []bool
		errs string
	}{
		{"kind: b", []bool{true, true}, ""},
		{"kind: c", []bool{true, true}, ""},
		{"kind: a", []bool{false, false}, ""},
		{"{kind: b, parts: [false, true]}", []bool{false, true}, ""},
		{"{kind: a, parts: [false, false]}", []bool{false, false}, ""},
		{
			"{kind: a, parts: [false, true]}",
			[]bool{false, true},
			"net.yaml:1:18: parts: got [false true], want only false or no value: kind a has no parts",
		},
		{
			"{kind: d, parts: [false, true]}",
			[]bool{false, true},
			"net.yaml:1:8: kind: got \"d\", want a, b or c",
		},
	} {
		root, errs := parseTree("net.yaml", []byte(c.text))
		if errs != nil {
			t.Fatal(errs)
		}
		d, got := newDecoder("net.yaml", root), sample{}
		d.mapping(root, reflect.ValueOf(&got).Elem(), "")
		if !d.has("parts") {
			got.Parts = []bool{true, true}
		}
		d.idle(reflect.ValueOf(&got).Elem(), "")
		text := ""
		if len(d.errs) > 0 {
			text = d.problems().Error()
		}
		if !slices.Equal(got.Parts, c.want) || text != c.errs {
			t.Errorf("%s: got %v and %q, want %v and %q", c.text, got.Parts, text, c.want, c.errs)
		}
	}
}
