package main

import (
	"io"
	"strings"
	"testing"
)

// TestExamples holds that every command has an example of itself; make test-docs runs them.
func TestExamples(t *testing.T) {
	for _, c := range rootCommand(io.Discard, io.Discard).Commands() {
		if c.Name() != "completion" && !c.Hidden && !strings.Contains(c.Example, "resnetgen "+c.Name()) {
			t.Errorf("%s: got the examples\n%s\nwant one of it", c.Name(), c.Example)
		}
	}
}
