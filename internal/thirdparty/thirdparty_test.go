package thirdparty

import (
	"io"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/printable"
)

// TestOf holds that a program has the licences of Go, of resnetgen and of what it links, no others,
// and names what is not known.
func TestOf(t *testing.T) {
	got := Of(&debug.BuildInfo{Deps: []*debug.Module{
		{Path: "github.com/vbauerster/mpb/v8", Version: "v8.9.3"},
		{Path: "example.com/own", Version: "v1.2.3"},
		{Path: "github.com/golang/freetype", Version: "v0"},
	}})
	for _, want := range []string{
		"==== Go's standard library: LICENSE\n", "==== github.com/resnetgen/resnetgen: LICENSE\n", "Apache License",
		"==== github.com/vbauerster/mpb/v8: UNLICENSE\n", "This is free and unencumbered software released into the public domain.",
		"==== github.com/golang/freetype: LICENSE\n", "==== github.com/golang/freetype: licenses/ftl.txt\n",
		"==== example.com/own v1.2.3: not known",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q", want)
		}
	}
	if n := strings.Count(got, "\n"+mark); n > 12 || strings.Contains(got, "spf13/cobra") {
		t.Errorf("got %d licences, want those of three modules", n)
	}
}

// TestWhole holds that the sections are taken apart and put together without a loss, and are safe
// to print.
func TestWhole(t *testing.T) {
	var info debug.BuildInfo
	for line := range strings.Lines(all) {
		if rest, ok := strings.CutPrefix(line, mark); ok {
			path, _, _ := strings.Cut(rest, ": ")
			info.Deps = append(info.Deps, &debug.Module{Path: path})
		}
	}
	if len(info.Deps) < 50 {
		t.Fatalf("got %d licences, want those of all modules", len(info.Deps))
	}
	if got := Of(&info); got != all {
		t.Errorf("got %d bytes, want all %d", len(got), len(all))
	}
	var shown strings.Builder
	w := printable.NewWriter(&shown)
	if _, err := io.WriteString(w, all); err != nil || w.Flush() != nil || shown.String() != all {
		t.Errorf("got characters that a terminal obeys (%v), want none", err)
	}
}
