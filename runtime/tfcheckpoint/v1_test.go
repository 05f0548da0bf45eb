package tfcheckpoint

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/table"
)

// tableOf is a table of pairs of keys and values.
func tableOf(t testing.TB, o *opt.Options, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := table.NewWriter(&b, o)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.Append([]byte(pairs[i]), []byte(pairs[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tableV1 is a V1 checkpoint of a variable, as SavedTensorSlices.
func tableV1(t testing.TB, compression opt.Compression) []byte {
	name := message(1, []byte("logit/biases"))
	meta := message(1, append(message(1, append(name, message(2, shapeOf(2), 3, 1)...)), message(2, message(1, 1))...))
	data := message(2, append(name, message(3, message(1, 1, 5, make([]byte, 8)))...))
	return tableOf(t, &opt.Options{Compression: compression}, "", string(meta), "\x00logit/biases\x00\x01\x01\x01\x80\x7f", string(data))
}

// TestV1 holds that the files of TensorFlow's older format are named as such, by whatever path they
// are meant.
func TestV1(t *testing.T) {
	const want = "got a TensorFlow V1 checkpoint, want a V2 one"
	state := []byte("model_checkpoint_path: \"model.ckpt-9\"\nall_model_checkpoint_paths: \"model.ckpt-9\"\n")
	v1 := tableV1(t, opt.NoCompression)
	v2 := tableOf(t, &opt.Options{Compression: opt.NoCompression}, "", string(newBundle(t, 1).header))
	for name, c := range map[string]struct {
		files map[string][]byte
		path  string
		want  string
	}{
		"one file":             {map[string][]byte{"model.ckpt-9": v1, "model.ckpt-9.meta": {1}}, "model.ckpt-9", want},
		"a compressed file":    {map[string][]byte{"model.ckpt-9": tableV1(t, opt.SnappyCompression)}, "model.ckpt-9", want},
		"a folder":             {map[string][]byte{"model.ckpt-9": v1, "checkpoint": state}, "", want},
		"a moved folder":       {map[string][]byte{"model.ckpt-9": v1, "checkpoint": bytes.Replace(state, []byte("model."), []byte("/gone/model."), 1)}, "", want},
		"no state":             {map[string][]byte{"model.ckpt-9": v1, "model.ckpt-9.meta": {1}}, "", want},
		"shards":               {map[string][]byte{"model.ckpt-9-00000-of-00002": v1, "model.ckpt-9-00001-of-00002": v1}, "model.ckpt-9", want},
		"a shard":              {map[string][]byte{"model.ckpt-9-00000-of-00001": v1}, "model.ckpt-9-00000-of-00001", want},
		"a folder of shards":   {map[string][]byte{"model.ckpt-9-00000-of-00001": v1, "checkpoint": state}, "", want},
		"by the index's name":  {map[string][]byte{"model.index": v1}, "model.index", want},
		"V2 by another name":   {map[string][]byte{"model.ckpt-9": v2}, "model.ckpt-9", "got the index of a V2 checkpoint by another name"},
		"a Git LFS pointer":    {map[string][]byte{"model.index": []byte("version https://git-lfs.github.com/spec/v1\nsize 9\n")}, "model", "got a Git LFS pointer to a file of 9 bytes"},
		"a pointer of a state": {map[string][]byte{"checkpoint": []byte("version https://git-lfs.github.com/spec/v1\nsize 9\n")}, "", "got a Git LFS pointer to a file of 9 bytes"},
	} {
		dir := t.TempDir()
		for file, content := range c.files {
			put(t, filepath.Join(dir, file), content)
		}
		path := filepath.Join(dir, c.path)
		if !IsCheckpoint(path) {
			t.Errorf("%s: got that it is no TensorFlow checkpoint", name)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got error %v, want %q and the path in it", name, err, c.want)
		}
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, make([]byte, 100), 0o600); err != nil {
		t.Fatal(err)
	}
	if IsCheckpoint(other) {
		t.Error("a file of zeros: got that it is a TensorFlow checkpoint")
	}
}
