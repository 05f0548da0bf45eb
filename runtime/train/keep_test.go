package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// noting makes a run remember what it tells its user.
func noting(o *Options) *[]string {
	notes := &[]string{}
	o.Log = func(format string, args ...any) { *notes = append(*notes, fmt.Sprintf(format, args...)) }
	return notes
}

// block puts a folder in the way of a file, so that it cannot be written, until the returned
// function is called.
func block(t *testing.T, path string) (clear func()) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	}
}

// TestTrouble holds that a run whose checkpoint cannot be written goes on, and ends with the same
// bits.
func TestTrouble(t *testing.T) {
	whole, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(whole, &recorder{})); err != nil {
		t.Fatal(err)
	}
	var clear func()
	o := options(out, &recorder{at: 40, do: func() { clear = block(t, runs.Folder(out).Checkpoint(42)) }}) // its last one
	o.Patience = time.Minute
	var notes []string
	o.Log = func(format string, args ...any) {
		if notes = append(notes, fmt.Sprintf(format, args...)); len(notes) == 2 {
			clear()
		}
	}
	result, err := Run(t.Context(), o)
	if err != nil || result.Checkpoint == "" {
		t.Fatalf("got %+v, error %v", result, err)
	}
	sameEnd(t, out, whole)
	if len(notes) != 3 || !strings.HasPrefix(notes[0], "step 42: write ") || notes[2] != "step 42: written now" {
		t.Errorf("got notes %q, want two of failures and one of success", notes)
	}
}

// TestTroubleThatStays holds that such a run fails at its end, and says what is left.
func TestTroubleThatStays(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	o := options(out, &recorder{at: 40, do: func() { block(t, runs.Folder(out).Checkpoint(42)) }})
	_, err := Run(t.Context(), o)
	var f *runs.Failure
	var e *CheckpointWriteError
	if !errors.As(err, &f) || !errors.As(err, &e) || e.Step != 42 || e.Last == "" || !strings.Contains(err.Error(), "step 42 could not be written") {
		t.Errorf("got error %v, want a failure that says how to go on", err)
	}
	entries, err := os.ReadDir(filepath.Join(out, "checkpoints"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("got %s left, want no temporary file", e.Name())
		}
	}
}

// TestTroubleIsTriedAgain holds that the training itself goes on meanwhile, and is written when
// that is possible again.
func TestTroubleIsTriedAgain(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	var clear func()
	progress := &recorder{at: 6, do: func() { clear = block(t, runs.Folder(out).Checkpoint(7)) }}
	o := options(out, progress)
	o.SaveEvery = 1000
	notes := noting(&o)
	o.Net = &pausing{Network: o.Net, at: 9, do: func() { clear(); time.Sleep(firstDelay) }}
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(*notes) != 2 || (*notes)[1] != "step 9: written now" {
		t.Errorf("got notes %q, want a failure at step 7 and success at step 9", *notes)
	}
}

// pausing is a network that does something in one of its steps.
type pausing struct {
	network.Network
	at, steps int
	do        func()
}

func (p *pausing) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	if p.steps++; p.steps == p.at {
		p.do()
	}
	return p.Network.TrainStep(images, labels, rate)
}

// TestLostFolder holds that a folder removed under a run is created again, is locked, and can be
// gone on with.
func TestLostFolder(t *testing.T) {
	whole, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(whole, &recorder{})); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var second error
	o := options(out, &recorder{at: 16, do: func() {
		_, second = Run(t.Context(), options(out, &recorder{}))
		cancel()
	}})
	o.Net = &pausing{Network: o.Net, at: 10, do: func() {
		if err := os.RemoveAll(out); err != nil {
			t.Error(err)
		}
	}}
	notes := noting(&o)
	if _, err := Run(ctx, o); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if len(*notes) != 1 || !strings.Contains((*notes)[0], "was missing, and is written again") {
		t.Errorf("got notes %q, want one that the folder was gone", *notes)
	}
	if second == nil || !strings.Contains(second.Error(), "in use by another trainer or evaluator") {
		t.Errorf("a second trainer: got error %v, want that the folder is locked", second)
	}
	o = options(out, &recorder{})
	o.Resume = true
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	sameEnd(t, out, whole)
}

// TestKeep holds how many checkpoints stay.
func TestKeep(t *testing.T) {
	for _, keep := range []int{1, 2, 5} {
		out := filepath.Join(t.TempDir(), "run")
		o := options(out, &recorder{})
		o.Keep, o.SaveEvery = keep, 3
		result, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		steps, err := runs.Folder(out).Steps()
		if err != nil {
			t.Fatal(err)
		}
		want := []int{28, 30, 33, 35, 36, 39, 42}[7-keep:]
		if !slices.Contains(want, result.BestStep) {
			want = append([]int{result.BestStep}, want...)
		}
		if !slices.Equal(steps, want) {
			t.Errorf("keep %d: got %v, want %v", keep, steps, want)
		}
	}
}

// TestSweep removes what a trainer that was killed while it wrote has left.
func TestSweep(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(out, &recorder{})); err != nil {
		t.Fatal(err)
	}
	left := []string{".train.csv123", ".spec.yaml7621", "checkpoints/.step-3.safetensors5577006791947779410"}
	mine := filepath.Join(out, ".mine")
	for _, path := range append(left, ".mine") {
		if err := os.WriteFile(filepath.Join(out, path), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := options(out, &recorder{})
	o.Resume = true
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, path := range left {
		if exists(filepath.Join(out, path)) {
			t.Errorf("%s: got it left, want it removed", path)
		}
	}
	if !exists(mine) {
		t.Error("a file of the user's was removed")
	}
}
