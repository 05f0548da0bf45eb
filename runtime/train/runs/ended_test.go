package runs

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// TestEnded reads off a log how its run last ended.
func TestEnded(t *testing.T) {
	const start, failed = `{"level":"INFO","msg":"start","step":0,"steps":9}`, `{"level":"ERROR","msg":"failed","step":7,"error":"got NaN"}`
	f := Folder(t.TempDir())
	if _, err := f.Outcome(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a log: got error %v, want that there is none", err)
	}
	for _, c := range []struct {
		name  string
		lines []string
		want  Outcome
	}{
		{"empty", nil, Outcome{}},
		{"goes on", []string{start}, Outcome{Total: 9}},
		{"failed", []string{start, failed}, Outcome{"failed", 7, "got NaN", 9}},
		{"resumed", []string{start, failed, start}, Outcome{Total: 9}},
		{"done since", []string{failed, start, `{"msg":"done","step":9}`, `{"msg":"tested","step":9}`}, Outcome{"done", 9, "", 9}},
		{"stopped", []string{start, `{"msg":"stopped","step":3}`}, Outcome{"stopped", 3, "", 9}},
		{"damaged", []string{failed, "no JSON", `{"msg":7}`, `"done"`}, Outcome{"failed", 7, "got NaN", 0}},
		{"long", []string{strings.Repeat(start+"\n", 10_000), failed}, Outcome{"failed", 7, "got NaN", 9}},
		{"failed long ago", []string{failed, strings.Repeat(`{"msg":"a warning"}`+"\n", 10_000)}, Outcome{}},
	} {
		if err := f.Write(LogFile, []byte(strings.Join(c.lines, "\n"))); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Outcome(); err != nil || got != c.want {
			t.Errorf("%s: got %+v, error %v, want %+v", c.name, got, err, c.want)
		}
	}
}
