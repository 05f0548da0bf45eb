//go:build tools

package tfcheckpoint

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestIndependentReader holds that another program finds in a checkpoint what was written.
func TestIndependentReader(t *testing.T) {
	prefix := filepath.Join(t.TempDir(), "model.ckpt-7")
	write(t, prefix, 3)
	out, err := exec.Command("python3", "testdata/read_bundle.py", prefix).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr(err))
	}
	var got map[string]struct {
		DType int    `json:"dtype"`
		Shape []int  `json:"shape"`
		Shard int    `json:"shard"`
		Bytes string `json:"bytes"`
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(sample()) {
		t.Errorf("got %d tensors, want %d", len(got), len(sample()))
	}
	inShard := map[int]int{}
	for _, want := range sample() {
		g, ok := got[want.Name]
		kind, values := 1, any(want.Float32)
		if want.Int64 != nil {
			kind, values = 9, want.Int64
		}
		var b bytes.Buffer
		if err := littleEndian(&b, values); err != nil {
			t.Fatal(err)
		}
		if !ok || g.DType != kind || !slices.Equal(g.Shape, want.Shape) || g.Bytes != hex.EncodeToString(b.Bytes()) {
			t.Errorf("%s: got %+v, want type %d, shape %v, bytes %x", want.Name, g, kind, want.Shape, b.Bytes())
		}
		inShard[g.Shard]++
	}
	if len(inShard) != 3 {
		t.Errorf("got tensors in shards %v, want some in each of 3", inShard)
	}
}

func stderr(err error) []byte {
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // it is not wrapped
		return exit.Stderr
	}
	return nil
}
