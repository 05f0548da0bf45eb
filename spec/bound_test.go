package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/spec"
)

// bombs are texts that would take much memory or time, were they read without limits: each is made
// as long as asked for.
var bombs = map[string]func(size int) string{
	"open lists":     func(n int) string { return strings.Repeat("[", n) },
	"lists":          func(n int) string { return strings.Repeat("[", n/2) + strings.Repeat("]", n/2) },
	"open mappings":  func(n int) string { return strings.Repeat("{a: ", n/4) },
	"nested blocks":  func(n int) string { return strings.Repeat("- ", n/2) },
	"indented":       indented,
	"complex keys":   func(n int) string { return strings.Repeat("? ", n/2) },
	"keys":           func(n int) string { return manyLines(n, "k%d: 1\n") },
	"the same key":   func(n int) string { return strings.Repeat("units: 1\n", n/9) },
	"values":         func(n int) string { return "units: [" + strings.Repeat("1, ", n/3) + "1]\n" },
	"labels":         func(n int) string { return "labels: [" + manyLines(n, "l%d, ") + "l]\n" },
	"a number":       func(n int) string { return "classes: " + strings.Repeat("9", n) + "\n" },
	"a fraction":     func(n int) string { return "relu_leakiness: 0." + strings.Repeat("1", n) + "\n" },
	"an exponent":    func(n int) string { return "relu_leakiness: 1e" + strings.Repeat("9", n) + "\n" },
	"a name":         func(n int) string { return "name: " + strings.Repeat("a", n) + "\n" },
	"a quoted text":  func(n int) string { return "name: \"" + strings.Repeat(`\x41`, n/4) + "\"\n" },
	"an open quote":  func(n int) string { return "name: \"" + strings.Repeat("a\n", n/2) },
	"comments":       func(n int) string { return strings.Repeat("# a comment\n", n/12) },
	"a long comment": func(n int) string { return "a: 1 #" + strings.Repeat("#", n) },
	"documents":      func(n int) string { return strings.Repeat("--- a\n", n/6) },
	"tags":           func(n int) string { return strings.Repeat("!!str ", n/6) },
	"anchors":        func(n int) string { return manyLines(n, "- &a%d 1\n") },
	"directives":     func(n int) string { return strings.Repeat("%TAG ! tag:a,2000:\n", n/19) },
	"folded":         func(n int) string { return "name: >\n" + strings.Repeat(" a\n\n", n/4) },
	"blank lines":    func(n int) string { return strings.Repeat("\n", n) + "a" },
	"spaces":         func(n int) string { return "a:" + strings.Repeat(" ", n) + "1" },
	"commas":         func(n int) string { return "units: [" + strings.Repeat(",", n) + "]" },
	"colons":         func(n int) string { return strings.Repeat(":", n) },
	"quotes":         func(n int) string { return strings.Repeat("'", n) },
	"aliases": func(n int) string {
		var b strings.Builder
		b.WriteString("a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1]\n")
		for i := 1; b.Len() < n; i++ {
			fmt.Fprintf(&b, "a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 8), i-1)
		}
		return b.String()
	},
}

// manyLines repeats a format with a number until it is as long as asked for.
func manyLines(size int, format string) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// indented is a mapping in a mapping and so on, each a space further in.
func indented(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// specBound is what a spec may take for each of its bytes.
var specBound = fuzzbound.Bound{Memory: 4 << 20, MemoryPerByte: 1 << 10, Time: fuzzbound.Default.Time, TimePerByte: fuzzbound.Default.TimePerByte}

// TestBombs holds that the largest texts that are read take bounded memory and time, whatever they
// are of.
func TestBombs(t *testing.T) {
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			text := bomb(spec.MaxBytes - 1<<10)
			specBound.Check(t, len(text), func() {
				if _, err := spec.Parse("net.yaml", []byte(text)); err == nil {
					t.Error("got no error")
				}
			})
		})
	}
}
