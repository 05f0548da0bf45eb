package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake is a trainer whose accuracy is 0.9 for seed 1, 0.8 for seed 2. Trained again it must be
// told to resume.
const fake = `#!/bin/sh
set -e
if [ "$1" = train ]; then
	[ "$2 $3" = "--epochs 4" ] && out=$7
	if [ -e "$out" ]; then [ "${11}" = --resume ]; else mkdir -p "$out/checkpoints"; touch "$out/run.json"; fi
	touch "$out/checkpoints/step-9.safetensors" "$out/checkpoints/step-10.safetensors"
else
	case "$4" in
	*seed-1/checkpoints/step-10.safetensors) echo '{"accuracy": 0.9}' ;;
	*seed-2/checkpoints/step-10.safetensors) echo '{"accuracy": 0.8}' ;;
	*) exit 1 ;;
	esac
fi
`

// TestRun holds that the mean is that of the seeds' last checkpoints, and that it can be had again.
func TestRun(t *testing.T) {
	trainer := filepath.Join(t.TempDir(), "trainer")
	if err := os.WriteFile(trainer, []byte(fake), 0o700); err != nil {
		t.Fatal(err)
	}
	r := recipe{trainer: trainer, out: t.TempDir(), epochs: 4, seeds: 2}
	for range 2 {
		if mean, err := r.run(); err != nil || mean != 85 {
			t.Errorf("got mean %g and error %v, want 85", mean, err)
		}
	}
	r.seeds = 3
	if _, err := r.run(); err == nil || !strings.Contains(err.Error(), "seed 3: eval") {
		t.Errorf("got error %v, want that seed 3 cannot be evaluated", err)
	}
	if _, err := (&recipe{}).run(); err == nil {
		t.Error("got no error, want one without flags")
	}
}
