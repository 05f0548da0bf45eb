package doctest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseHelp holds what is read of a help text.
func TestParseHelp(t *testing.T) {
	got := ParseHelp(`Net trains.

Usage:
  net [command]

Examples:
  net train --out run  # a comment
  net eval |
    sort

Available Commands:
  completion  Generate the autocompletion script for the specified shell
  data        fetch and check data sets
  help        Help about any command
  train       train the network

Flags:
  -h, --help   help for net
`)
	want := Help{Commands: []string{"data", "train"}, Examples: "net train --out run  # a comment\nnet eval |\n  sort\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := ParseHelp("Usage:\n  net\n"); got.Examples != "" || got.Commands != nil {
		t.Errorf("got %+v, want nothing", got)
	}
}
