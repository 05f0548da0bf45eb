package main

import (
	"runtime/debug"
	"testing"
)

// TestBuiltFrom holds where the commit comes from, in each way that the command is built.
func TestBuiltFrom(t *testing.T) {
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	for want, c := range map[string]struct {
		released string
		info     *debug.BuildInfo
	}{
		"unknown": {"", nil},
		"4f2a":    {"4f2a", &debug.BuildInfo{Settings: []debug.BuildSetting{setting("vcs.revision", "other")}}},
		"77aa":    {"", &debug.BuildInfo{Settings: []debug.BuildSetting{setting("vcs.revision", "77aa"), setting("vcs.modified", "false")}}},
		"77aa with changes": {"", &debug.BuildInfo{Settings: []debug.BuildSetting{
			setting("vcs.revision", "77aa"), setting("vcs.modified", "true"),
		}}},
		"of module version v0.1.0": {"", &debug.BuildInfo{Main: debug.Module{Version: "v0.1.0", Sum: "h1:x"}}},
	} {
		if got := builtFrom(c.released, c.info); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := builtFrom("", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}); got != "unknown" {
		t.Errorf("a build without a record: got %q, want unknown", got)
	}
}
