package spec_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/resnetgen/resnetgen/spec"
	"github.com/resnetgen/resnetgen/spec/zoo"
)

// FuzzParse holds that every input gives either problems with positions in the file, or a net that
// the schema accepts and that Encode and Parse return as it was; within the bound on memory and
// time.
func FuzzParse(f *testing.F) {
	for _, path := range badSpecs(f) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, name := range zoo.Names() {
		data, err := zoo.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(minimal))
	f.Add(spec.Template())
	for _, data := range edges {
		f.Add([]byte(data))
	}
	for _, bomb := range bombs {
		f.Add([]byte(bomb(2000)))
	}
	schema := validator(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var net *spec.Net
		var err error
		specBound.Check(t, len(data), func() { net, err = spec.Parse("net.yaml", data) })
		if err != nil {
			var problems spec.Errors
			if !errors.As(err, &problems) || len(problems) == 0 || net != nil {
				t.Fatalf("got net %v and error %v, want no net and Errors", net, err)
			}
			positions(t, problems)
			inside(t, problems, string(data))
			return
		}
		roundTrip(t, net)
		var value any
		if err := yaml.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("the decoder accepts, the schema does not: %v", err)
		}
	})
}

// lineEnds are YAML's, which are more than those of other files.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// inside holds that each problem's line is one of the file's, and its column at most one past its
// end.
func inside(t *testing.T, problems spec.Errors, data string) {
	t.Helper()
	lines := strings.Split(lineEnds.Replace(data), "\n")
	for _, p := range problems {
		switch {
		case p.Line > len(lines):
			t.Errorf("%v: got a file of %d lines", p, len(lines))
		case p.Col > utf8.RuneCountInString(lines[p.Line-1])+1:
			t.Errorf("%v: got a line of %d characters", p, utf8.RuneCountInString(lines[p.Line-1]))
		}
	}
}

// roundTrip holds that Encode loses nothing.
func roundTrip(t fataler, net *spec.Net) {
	t.Helper()
	text := spec.Encode(net)
	again, err := spec.Parse("encoded.yaml", text)
	if err != nil {
		t.Fatalf("%v\nin the encoded spec:\n%s", err, text)
	}
	if diff := cmp.Diff(net, again, equalEmpty); diff != "" {
		t.Errorf("(-net +encoded and parsed):\n%s", diff)
	}
	if got, want := again.Hash(), net.Hash(); got != want {
		t.Errorf("after Encode and Parse: got hash %s, want %s", got, want)
	}
}

// equalEmpty makes an empty list equal to none: for labels they are.
var equalEmpty = cmp.Transformer("length", func(s []string) []string { return append([]string{}, s...) })
