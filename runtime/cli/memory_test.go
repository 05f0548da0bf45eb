package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/mem"
	"github.com/resnetgen/resnetgen/runtime/network"
)

// TestOutOfMemory holds that commands for which there is no memory say how much they asked for and
// what takes less, and exit with 1.
func TestOutOfMemory(t *testing.T) {
	const bytesAsked = 1 << 55
	dir := t.TempDir()
	weights := filepath.Join(dir, "w.safetensors")
	run(t, done, "init", "--seed", "1", "--out", weights)
	p := program
	p.New = func(network.Options) network.Network { mem.New(bytesAsked); return nil }
	p.Infer = func(*checkpoint.File, engine.Options) (classify.Model, error) { mem.New(bytesAsked); return nil, nil }
	folder := data(t, 20, 3)
	for _, args := range []string{
		"train --data " + folder + " --epochs 1 --out " + filepath.Join(dir, "run"),
		"bench", "bench --mode infer", "profile",
		"eval --data " + folder + " --checkpoint " + weights,
		"predict --checkpoint " + weights + " " + folder,
		"init --seed 1 --out " + filepath.Join(dir, "v.safetensors"),
	} {
		var out, errOut bytes.Buffer
		code := Run(t.Context(), p, strings.Fields(args), &out, &errOut)
		said := errOut.String()
		if code != failed || !strings.Contains(said, "got no memory for a block of 36028797018963968 bytes") || !strings.Contains(said, "want more memory") {
			t.Errorf("%s: got exit code %d and %q, want %d and the bytes", args, code, said, failed)
		}
	}
}
