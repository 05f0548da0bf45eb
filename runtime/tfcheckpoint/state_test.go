package tfcheckpoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestState holds what the state says of several checkpoints, written here and by TensorFlow.
func TestState(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"model.ckpt-1", "model.ckpt-2", "ü \"2\""} {
		write(t, filepath.Join(dir, name), 1)
	}
	text, err := os.ReadFile(filepath.Join(dir, StateName))
	if err != nil {
		t.Fatal(err)
	}
	const want = `model_checkpoint_path: "\303\274 \"2\""
all_model_checkpoint_paths: "model.ckpt-1"
all_model_checkpoint_paths: "model.ckpt-2"
all_model_checkpoint_paths: "\303\274 \"2\""
`
	if string(text) != want {
		t.Errorf("got\n%swant\n%s", text, want)
	}
	newest := func(want string) {
		t.Helper()
		if got, err := Resolve(dir); err != nil || got != filepath.Join(dir, want) {
			t.Errorf("got %q (%v), want %s", got, err, want)
		}
	}
	newest("ü \"2\"")
	state := filepath.Join(dir, StateName)
	put(t, state, []byte("model_checkpoint_path: \"model.ckpt-2\"\nall_model_checkpoint_paths: \"model.ckpt-2\"\nall_model_checkpoint_timestamps: 1.5e9\nlast_preserved_timestamp: 1.5e9\n"))
	newest("model.ckpt-2")
	put(t, state, []byte(`model_checkpoint_path: "/a/machine/far/away/model.ckpt-1"`))
	newest("model.ckpt-1")
	put(t, state, []byte(`model_checkpoint_path: "`+filepath.Join(dir, "model.ckpt-1")+`"`))
	newest("model.ckpt-1")
	for text, want := range map[string]string{
		"":                                    "checkpoint:1: got no model_checkpoint_path",
		"all_model_checkpoint_paths: \"a\"\n": "got no model_checkpoint_path",
		"model_checkpoint_path: model.ckpt-1": "checkpoint:1: model_checkpoint_path: got \"model.ckpt-1\", want a path in quotes",
		"\nmodel_checkpoint_path: \"model.ckpt-1":   "checkpoint:2: model_checkpoint_path",
		"model_checkpoint_path: \"model.ckpt-3\"":   "got model_checkpoint_path \"model.ckpt-3\", want one whose index is there",
		"PK\x03\x04 something else":                 "checkpoint:1: got",
		strings.Repeat("all: \"\"\n", maxState/8+8): "want a file of at most",
	} {
		put(t, state, []byte(text))
		if _, err := Resolve(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got error %v, want %q in it", text, err, want)
		}
	}
}

// TestResolve holds what a path may mean.
func TestResolve(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	refused := func(name, want string) {
		t.Helper()
		if _, err := Resolve(path(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", name, err, want)
		}
	}
	refused("", "without a file checkpoint or an .index")
	refused("absent", "got no file "+path("absent.index"))
	put(t, path("v1.ckpt"), []byte("an older format"))
	refused("v1.ckpt", "want a V2 checkpoint's prefix")
	put(t, path("a.index"), nil)
	if got, err := Resolve(dir); err != nil || got != path("a") {
		t.Errorf("got %q (%v), want %s", got, err, path("a"))
	}
	put(t, path("b.index"), nil)
	refused("", "with a, b and no file checkpoint")
	for name, want := range map[string]bool{"": true, "a": true, "a.index": true, "x.data-00001-of-00002": true, "v1.ckpt": false, "absent": false} {
		if got := IsCheckpoint(path(name)); got != want {
			t.Errorf("Is(%s): got %t, want %t", name, got, want)
		}
	}
}
