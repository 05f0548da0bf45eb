package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// sameEnd fails unless two runs left the same last checkpoint and the same records.
func sameEnd(t *testing.T, got, want string) {
	t.Helper()
	for _, name := range []string{"checkpoints/step-42.safetensors", "train.csv", "eval.csv"} {
		if !bytes.Equal(read(t, filepath.Join(got, name)), read(t, filepath.Join(want, name))) {
			t.Errorf("%s differs from that of a run without a stop", name)
		}
	}
}

// TestResumePassesOverDamage goes on from the newest checkpoint that is whole, and says which it
// skipped.
func TestResumePassesOverDamage(t *testing.T) {
	whole, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	for _, folder := range []string{whole, out} {
		if _, err := Run(t.Context(), options(folder, &recorder{})); err != nil {
			t.Fatal(err)
		}
	}
	newest, before := runs.Folder(out).Checkpoint(42), runs.Folder(out).Checkpoint(35)
	data := read(t, newest)
	if err := os.WriteFile(newest, data[:len(data)-5], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := state.Save(before, fakenet.New(network.Options{}), 34, nil); err != nil { // another step's
		t.Fatal(err)
	}
	var notes []string
	o := options(out, &recorder{})
	o.Resume = true
	o.Log = func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	sameEnd(t, out, whole)
	if len(notes) != 2 || !strings.Contains(notes[0], newest) || !strings.Contains(notes[1], "global_step: got 34, want 35") {
		t.Errorf("got notes %q, want one of each damaged checkpoint", notes)
	}
}

// TestResumeShorter holds that a run of fewer steps than are done is refused.
func TestResumeShorter(t *testing.T) {
	o := options(filepath.Join(t.TempDir(), "run"), &recorder{})
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	o.Resume, o.Steps = true, 41
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "got 41 steps in total, want 42 or more") {
		t.Errorf("got error %v, want how many steps are done", err)
	}
}

// TestResumeWithoutAGoodCheckpoint names each that is damaged.
func TestResumeWithoutAGoodCheckpoint(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(out, &recorder{})); err != nil {
		t.Fatal(err)
	}
	steps, err := runs.Folder(out).Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		if err := os.WriteFile(runs.Folder(out).Checkpoint(step), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := options(out, &recorder{})
	o.Resume = true
	_, err = Run(t.Context(), o)
	for _, step := range steps {
		if err == nil || !strings.Contains(err.Error(), runs.Folder(out).Checkpoint(step)) {
			t.Errorf("got error %v, want step %d in it", err, step)
		}
	}
	if err := os.RemoveAll(filepath.Join(out, "checkpoints")); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "got no checkpoint") {
		t.Errorf("got error %v, want that the checkpoints are gone", err)
	}
}

// TestResumeBeforeTheFirstCheckpoint resumes a run that was killed in its first epoch: from
// its start, and from the checkpoint that it was to start from.
func TestResumeBeforeTheFirstCheckpoint(t *testing.T) {
	start := filepath.Join(t.TempDir(), "start")
	if _, err := Run(t.Context(), options(start, &recorder{})); err != nil {
		t.Fatal(err)
	}
	whole, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	o := options(whole, &recorder{})
	o.Init = start // a run's folder: its best
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(out, "checkpoints"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "run.json"), read(t, filepath.Join(whole, "run.json")), 0o600); err != nil {
		t.Fatal(err)
	}
	h, damage := runs.Folder(start).History()
	if len(damage) > 0 {
		t.Fatal(damage)
	}
	h.Truncate(7) // recorded before the first checkpoint, which the kill prevented
	for name, text := range h.Files() {
		if err := runs.Folder(out).Write(name, text); err != nil {
			t.Fatal(err)
		}
	}
	o = options(out, &recorder{}) // does not say Init again
	o.Resume = true
	notes := noting(&o)
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	sameEnd(t, out, whole)
	if len(*notes) != 1 || !strings.Contains((*notes)[0], "has no checkpoint: starting again") {
		t.Errorf("got notes %q, want that it starts again", *notes)
	}
}

// poisoned is a network that a step turns into no numbers while its loss still is one.
type poisoned struct {
	*fakenet.Net
	at, steps int
}

func (p *poisoned) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	m := p.Net.TrainStep(images, labels, rate)
	if p.steps++; p.steps == p.at {
		p.Variables()[2].Value[0] = float32(math.Inf(1))
	}
	return m
}

// TestNoCheckpointOfNoNumbers holds that such variables reach no checkpoint: neither at an epoch's
// end nor at a stop.
func TestNoCheckpointOfNoNumbers(t *testing.T) {
	for name, at := range map[string]int{"evaluation": 7, "stop": 3} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "run")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			progress := &recorder{}
			if name == "stop" {
				progress = &recorder{at: at, do: cancel}
			}
			o := options(out, progress)
			o.Net = &poisoned{Net: fakenet.New(network.Options{}), at: at}
			_, err := Run(ctx, o)
			var f *runs.Failure
			if !errors.As(err, &f) || !strings.Contains(err.Error(), "unit_last/moving_mean[0] = +Inf") {
				t.Errorf("got error %v, want a failure that names the variable", err)
			}
			if steps, err := runs.Folder(out).Steps(); err != nil || len(steps) > 0 {
				t.Errorf("got checkpoints %v (%v), want none", steps, err)
			}
		})
	}
}

// TestStopThatCannotSave is a failure, not a stop that one can go on after.
func TestStopThatCannotSave(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Run(ctx, options(out, &recorder{at: 3, do: func() {
		cancel()
		if err := errors.Join(os.RemoveAll(out), os.WriteFile(out, nil, 0o600)); err != nil {
			t.Error(err)
		}
	}}))
	var f *runs.Failure
	if !errors.As(err, &f) || errors.Is(err, ErrStopped) {
		t.Errorf("got error %v, want a failure", err)
	}
}
