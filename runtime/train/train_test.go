package train

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/checkpoint/store"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// recorder is a Progress that remembers, and may do something at a step.
type recorder struct {
	steps     []int
	evaluated []int
	at        int
	do        func()
}

func (r *recorder) Start(int, int, int) {}
func (r *recorder) Stop()               {}
func (r *recorder) Step(step int, _ network.Metrics, _ float64, _ time.Duration) {
	r.steps = append(r.steps, step)
	if step == r.at {
		r.do()
	}
}

func (r *recorder) Evaluated(step, _ int, _ network.Metrics, _ bool) {
	r.evaluated = append(r.evaluated, step)
}

func options(out string, progress Progress) Options {
	return Options{
		Info: &fakenet.Info, Net: fakenet.New(network.Options{}),
		Recipe: recipe.Recipe{Schedule: recipe.Schedule{Kind: "one-cycle", Peak: 0.1, Warmup: 0.2}, Augment: dataset.Augment{Pad: 1, Flip: "none"}},
		Train:  fakenet.Images(30, 1), Test: fakenet.Images(12, 2), Epochs: 6, Seed: 3, Out: runs.Folder(out), Progress: progress,
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRun holds what a whole run leaves, and that it learns.
func TestRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	progress := &recorder{}
	result, err := Run(t.Context(), options(out, progress))
	if err != nil {
		t.Fatal(err)
	}
	const perEpoch, total = 7, 42 // 30 images in batches of 4, the rest dropped
	if len(progress.steps) != total || progress.steps[total-1] != total || !slices.Equal(progress.evaluated, []int{7, 14, 21, 28, 35, 42}) {
		t.Errorf("got steps %v, evaluations at %v", progress.steps, progress.evaluated)
	}
	if result.Step != total || result.Best < 0.7 || result.Checkpoint != runs.Folder(out).Checkpoint(total) {
		t.Errorf("got %+v, want 42 steps and a best accuracy of 0.7 or more", result)
	}
	if _, err := png.Decode(bytes.NewReader(read(t, filepath.Join(out, "curves.png")))); err != nil {
		t.Errorf("curves.png: %v", err)
	}
	if svg := string(read(t, filepath.Join(out, "curves.svg"))); !strings.HasPrefix(svg, "<svg") {
		t.Errorf("curves.svg: got %.20q", svg)
	}
	if rows := strings.Count(string(read(t, filepath.Join(out, "eval.csv"))), "\n"); rows != 1+total/perEpoch {
		t.Errorf("eval.csv: got %d lines, want %d", rows, 1+total/perEpoch)
	}
	steps, err := runs.Folder(out).Steps()
	if err != nil || len(steps) > runs.DefaultKeep+1 || !slices.Contains(steps, result.BestStep) || !slices.Contains(steps, total) {
		t.Errorf("got checkpoints %v (%v), want the last %d and the best, %d", steps, err, runs.DefaultKeep, result.BestStep)
	}
	best, err := runs.Folder(out).Best()
	if err != nil || best != runs.Folder(out).Checkpoint(result.BestStep) {
		t.Errorf("got best %s (%v), want step %d", best, err, result.BestStep)
	}
}

// TestResume stops a run in the middle of epochs and at their ends, and goes on: every file of the
// end is the same.
func TestResume(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(whole, &recorder{})); err != nil {
		t.Fatal(err)
	}
	for stop := 1; stop < 42; stop += 6 {
		out := filepath.Join(t.TempDir(), "run")
		ctx, cancel := context.WithCancel(t.Context())
		result, err := Run(ctx, options(out, &recorder{at: stop, do: cancel}))
		if !errors.Is(err, ErrStopped) || result.Step != stop {
			t.Fatalf("stop at %d: got %+v, error %v", stop, result, err)
		}
		o := options(out, &recorder{})
		o.Resume = true
		if _, err := Run(t.Context(), o); err != nil {
			t.Fatalf("stop at %d: %v", stop, err)
		}
		for _, name := range []string{"checkpoints/step-42.safetensors", "train.csv", "eval.csv"} {
			if !bytes.Equal(read(t, filepath.Join(out, name)), read(t, filepath.Join(whole, name))) {
				t.Errorf("stop at %d: %s differs from that of a run without a stop", stop, name)
			}
		}
	}
}

// stopping is a network that is told to stop in one of its evaluations' batches.
type stopping struct {
	*fakenet.Net
	at, batches int
	stop        func()
}

func (s *stopping) Eval(images []float32, labels []int32) network.Metrics {
	if s.batches++; s.batches == s.at {
		s.stop()
	}
	return s.Net.Eval(images, labels)
}

// TestStopInEvaluation stops a run within an evaluation, which it leaves, and does when it goes on:
// every file of the end is the same.
func TestStopInEvaluation(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "run")
	o := options(whole, &recorder{})
	o.Validation = 6
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	const perEpoch, batches = 6, 2 // of an evaluation: 6 images, at most 5 at once
	for at, step := range map[int]int{1: perEpoch, 3: 2 * perEpoch, 11: 6 * perEpoch, 13: 6 * perEpoch} {
		out := filepath.Join(t.TempDir(), "run")
		ctx, cancel := context.WithCancel(t.Context())
		progress := &recorder{}
		o := options(out, progress)
		o.Validation, o.Net = 6, &stopping{fakenet.New(network.Options{}), at, 0, cancel}
		result, err := Run(ctx, o)
		if !errors.Is(err, ErrStopped) || result.Step != step || result.Checkpoint == "" || len(progress.evaluated) != (at-1)/batches {
			t.Fatalf("stop in batch %d: got %+v, error %v, evaluations at %v", at, result, err, progress.evaluated)
		}
		if at == 1 && exists(filepath.Join(out, "confusion.svg")) {
			t.Errorf("stop in batch %d: got a confusion matrix of a part of the images", at)
		}
		o = options(out, &recorder{})
		o.Validation, o.Resume = 6, true
		if result, err = Run(t.Context(), o); err != nil || result.Test == 0 {
			t.Fatalf("stop in batch %d: got %+v, error %v", at, result, err)
		}
		for _, name := range []string{"checkpoints/step-36.safetensors", "train.csv", "eval.csv"} {
			if !bytes.Equal(read(t, filepath.Join(out, name)), read(t, filepath.Join(whole, name))) {
				t.Errorf("stop in batch %d: %s differs from that of a run without a stop", at, name)
			}
		}
	}
}

// starting is a Progress that does something at the start.
type starting struct {
	recorder
	start func()
}

func (s *starting) Start(int, int, int) { s.start() }

// TestResumeThatCannotBeWritten fails if its only checkpoint cannot be written.
func TestResumeThatCannotBeWritten(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(filepath.Join(t.TempDir(), "run"), &recorder{at: 3, do: cancel})
	if _, err := Run(ctx, o); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	o.Resume, o.Steps = true, 3
	o.Progress = &starting{start: func() {
		if err := os.Remove(o.Out.Checkpoint(3)); err != nil {
			t.Error(err)
		}
		block(t, o.Out.Checkpoint(3))
	}}
	var f *runs.Failure
	if _, err := Run(t.Context(), o); !errors.As(err, &f) || !strings.Contains(err.Error(), "step 3 could not be written") {
		t.Errorf("got error %v, want a failure", err)
	}
}

// TestResumeToEndHere evaluates a step at which a run was stopped, if it is to be its last.
func TestResumeToEndHere(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := options(filepath.Join(t.TempDir(), "run"), &recorder{at: 10, do: cancel})
	if _, err := Run(ctx, o); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	progress := &recorder{}
	o.Resume, o.Steps, o.Progress = true, 10, progress
	result, err := Run(t.Context(), o)
	if err != nil || !slices.Equal(progress.evaluated, []int{10}) || result.Accuracy == 0 {
		t.Errorf("got %+v, error %v, evaluations at %v, want one at step 10", result, err, progress.evaluated)
	}
}

// TestResumeAfterKill drops what a kill may leave: records newer than the newest checkpoint.
func TestResumeAfterKill(t *testing.T) {
	whole, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	for _, folder := range []string{whole, out} {
		if _, err := Run(t.Context(), options(folder, &recorder{})); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(runs.Folder(out).Checkpoint(42)); err != nil {
		t.Fatal(err)
	}
	o := options(out, &recorder{})
	o.Resume = true
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"checkpoints/step-42.safetensors", "eval.csv"} {
		if !bytes.Equal(read(t, filepath.Join(out, name)), read(t, filepath.Join(whole, name))) {
			t.Errorf("%s differs", name)
		}
	}
}

// TestRefusals holds what is said of runs that cannot begin or go on.
func TestRefusals(t *testing.T) {
	run := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(run, &recorder{})); err != nil {
		t.Fatal(err)
	}
	withoutIdentity := runs.Folder(filepath.Join(t.TempDir(), "run"))
	if err := state.Save(withoutIdentity.Checkpoint(3), fakenet.New(network.Options{}), 3, nil); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Options){
		"got a folder that holds a run, want a new one":                      func(*Options) {},
		"seed: got 4, want 3":                                                func(o *Options) { o.Seed, o.Resume = 4, true },
		"training_images: got 20, want 30":                                   func(o *Options) { o.Train, o.Resume = fakenet.Images(20, 1), true },
		`augment: got {"Pad":2,"Flip":"none"}, want {"Pad":1,"Flip":"none"}`: func(o *Options) { o.Recipe.Augment.Pad, o.Resume = 2, true },
		"learning_rate: got":                                                 func(o *Options) { o.Recipe.Schedule.Peak, o.Resume = 1, true },
		"got no run in":                                                      func(o *Options) { o.Out, o.Resume = runs.Folder(t.TempDir()), true },
		"data_sha256: got":                                                   func(o *Options) { o.Train, o.Resume = fakenet.Images(30, 9), true },
		"schedule: got \"\", want piecewise":                                 func(o *Options) { o.Recipe.Schedule.Kind = "" },
		"holds a run":                                                        func(o *Options) { o.Out = withoutIdentity },
		"start from":                                                         func(o *Options) { o.Out, o.Init = runs.Folder(t.TempDir()), filepath.Join(run, "checkpoints", "wrong") },
	} {
		wrong := filepath.Join(run, "checkpoints", "wrong")
		if err := store.Write(wrong, &checkpoint.File{Tensors: []checkpoint.Tensor{{Name: "other", Shape: []int{1}, Float32: []float32{1}}}}); err != nil {
			t.Fatal(err)
		}
		o := options(run, &recorder{})
		change(&o)
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q in it", err, want)
		}
	}
}

// TestDiverged holds that a loss of NaN or Inf ends the run before it reaches a checkpoint.
func TestDiverged(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	o := options(out, &recorder{})
	o.Recipe.Schedule = recipe.Schedule{Kind: "constant", Value: 1e39}
	_, err := Run(t.Context(), o)
	var f *runs.Failure
	if !errors.As(err, &f) || !strings.Contains(err.Error(), "want a finite number: the training has diverged") {
		t.Errorf("got error %v, want a failure that says so", err)
	}
	if steps, err := runs.Folder(out).Steps(); err != nil || len(steps) != 0 {
		t.Errorf("got checkpoints %v (%v), want none", steps, err)
	}
}

// TestFineTuning starts from a checkpoint whose last layer is for other classes.
func TestFineTuning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c")
	mean := checkpoint.Tensor{Name: "unit_last/moving_mean", Shape: []int{1}, Float32: []float32{7}}
	f := &checkpoint.File{Tensors: []checkpoint.Tensor{
		mean, {Name: "logit/DW", Shape: []int{12, 5}, Float32: make([]float32, 60)}, {Name: "logit/biases", Shape: []int{5}, Float32: make([]float32, 5)},
	}}
	if err := store.Write(path, f); err != nil {
		t.Fatal(err)
	}
	o := options(filepath.Join(t.TempDir(), "run"), &recorder{})
	o.Init = path
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if got := o.Net.Variables()[2].Value[0]; got != 7+42 {
		t.Errorf("moving mean: got %g, want 49: 7 of the checkpoint and one a step", got)
	}
}

// TestFineTuningOtherClasses holds that a last layer of its shape is taken only for the same
// classes by the same numbers, and that nothing is left of one that is not: the averages neither.
func TestFineTuningOtherClasses(t *testing.T) {
	first := averaged(filepath.Join(t.TempDir(), "first"), &recorder{})
	first.Train.ClassNames = []string{"ash", "birch", "cedar"}
	if _, err := Run(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	fresh := fakenet.New(network.Options{})
	network.Initialize(fresh.Variables(), first.Seed)
	for name, c := range map[string]struct {
		classes []string
		renewed bool
	}{
		"the same":         {[]string{"ash", "birch", "cedar"}, false},
		"without the last": {[]string{"ash", "birch"}, false},
		"without names":    {nil, false},
		"in another order": {[]string{"birch", "ash", "cedar"}, true},
		"others":           {[]string{"ash", "birch", "oak"}, true},
	} {
		o := options(filepath.Join(t.TempDir(), "run"), &recorder{})
		o.Init, o.Steps, o.Recipe.Schedule = string(first.Out), 1, recipe.Schedule{Kind: "constant", Value: 0}
		o.Train.ClassNames = c.classes
		notes := noting(&o)
		if _, err := Run(t.Context(), o); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		said := len(*notes) == 1 && strings.HasPrefix((*notes)[0], "the last layer is initialized: class ")
		if got := equalBits(o.Net.Variables()[0].Value, fresh.Variables()[0].Value); got != c.renewed || said != c.renewed || !said && len(*notes) > 0 {
			t.Errorf("%s: got a last layer that is new: %t, and told %q, want %t", name, got, *notes, c.renewed)
		}
	}
}

// TestSmallSet holds a set with fewer images than a batch.
func TestSmallSet(t *testing.T) {
	o := options(filepath.Join(t.TempDir(), "run"), &recorder{})
	o.Train, o.Test, o.Epochs = fakenet.Images(3, 1), fakenet.Images(1, 1), 2
	result, err := Run(t.Context(), o)
	if err != nil || result.Step != 2 {
		t.Errorf("got %+v, error %v, want 2 steps", result, err)
	}
}
