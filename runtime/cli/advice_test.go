package cli

import (
	"errors"
	"fmt"
	"testing"

	"github.com/resnetgen/resnetgen/internal/printable"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/watch"
)

// TestAdvice holds what is printed of each error of a training for which there is a flag, however
// it is wrapped.
func TestAdvice(t *testing.T) {
	damaged := []error{errors.New("damaged 1"), errors.New("damaged 2")}
	differs := []error{
		runs.Difference{Name: "seed", Got: "9", Want: "3"},
		&partition.DecoderError{Now: 2, Was: 1, Run: "R"},
	}
	const decoders = "image files are now decoded by version 2, the run was started with version 1: finish it with " +
		"the trainer that started it, or start a new one with --init R"
	diverged := train.DivergedError{Step: 7, Got: "a loss of NaN"}
	after := func(change func(*train.DivergedError)) error {
		e := diverged
		change(&e)
		return &e
	}
	for want, err := range map[string]error{
		"run R: got a folder that holds a run, want a new one, or --resume to continue it": &runs.RunExistsError{Run: "R"},

		"resume: got no run in R; there is no checkpoint either: start again without --resume, in another folder": &runs.NoCheckpointError{
			Run: "R", Settings: errors.New("resume: got no run in R"),
		},
		"resume: got no checkpoint in R, want checkpoints/step-N.safetensors; start again without --resume, in another folder": &runs.NoCheckpointError{Run: "R"},
		"resume: got no checkpoint in R that is whole; start again without --resume, in another folder:\n  damaged 1\ndamaged 2": &runs.NoCheckpointError{
			Run: "R", Damaged: damaged,
		},
		"resume: the run in R was started with other settings (--force-settings resumes anyway):\n  seed: got 9, want 3\n  " + decoders: &train.SettingsMismatchError{
			Run: "R", Wrong: differs,
		},
		"other (--force-settings resumes anyway)":                                                         &train.FunctionMismatchError{Err: errors.New("other")},
		"resume: got 41 steps in total, want 42 or more: the run in R has done these (--epochs, --steps)": &train.TooFewStepsError{Run: "R", Steps: 41, Done: 42},
		"step 42 could not be written: full; --resume continues from C":                                   &train.CheckpointWriteError{Step: 42, Err: errors.New("full"), Last: "C"},
		"step 42 could not be written: full; there is no checkpoint yet":                                  &train.CheckpointWriteError{Step: 42, Err: errors.New("full")},
		"data: got only images that the run was trained on, want others (--all evaluates these)":          partition.AllSeenError{},
		"validation: got a checkpoint of a run without held-out images, want one of train --validation":   partition.NoHoldOutError{},
		decoders: differs[1],
		"--watch: got no run in R, want the folder of one":         &watch.NoRunError{Run: "R"},
		"--watch: got 2 checkpoints in R that cannot be evaluated": &watch.NotEvaluatedError{Run: "R", Checkpoints: 2},
		"--watch: read P: bad (remove F to start again)":           &watch.UnreadableError{Folder: "F", Path: "P", Err: errors.New("bad")},
		"--watch: the results in F were evaluated differently (--checkpoint evaluates one checkpoint with any settings; remove the folder to start again):\n  seed: got 9, want 3": &watch.SettingsMismatchError{
			Folder: "F", Wrong: differs[:1],
		},

		"step 7: got a loss of NaN, want a finite number: the training has diverged; it has no checkpoint yet; a lower learning rate may help":                                         &diverged,
		"step 7: got a loss of NaN, want a finite number: the training has diverged, first in layer logit; it has no checkpoint yet; a lower learning rate may help":                   after(func(e *train.DivergedError) { e.Layer = "logit" }),
		"step 7: got a loss of NaN, want a finite number: the training has diverged; its last checkpoint is kept, C; a lower learning rate may help":                                   after(func(e *train.DivergedError) { e.Last = "C" }),
		"step 7: got a loss of NaN, want a finite number: the training has diverged; its only checkpoint has diverged too: D; a lower learning rate may help":                          after(func(e *train.DivergedError) { e.Diverged = "D" }),
		"step 7: got a loss of NaN, want a finite number: the training has diverged; it has no earlier checkpoint; a lower learning rate may help":                                     after(func(e *train.DivergedError) { e.Later = true }),
		"step 7: got a loss of NaN, want a finite number: the training has diverged; remove D, which has diverged too; then --resume continues from C; a lower learning rate may help": after(func(e *train.DivergedError) { e.Diverged, e.Last = "D", "C" }),
	} {
		if got := printable.Error(advise(err)); got != want {
			t.Errorf("%T: got\n%s\nwant\n%s", err, got, want)
		}
		ends := &runs.Failure{Err: errors.Join(fmt.Errorf("checkpoint C2: %w", err), errors.New("and more"))}
		if got, want := printable.Error(advise(ends)), "checkpoint C2: "+want+"\nand more"; got != want {
			t.Errorf("%T, wrapped: got\n%s\nwant\n%s", err, got, want)
		}
	}
	if err := fmt.Errorf("a: %w", errors.New("b")); advise(err) != err { //nolint:errorlint // the very same
		t.Error("got another error for one without advice, want itself")
	}
}
