package train

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// averaged are options of a run with moving averages and mirrors in evaluation.
func averaged(out string, progress Progress) Options {
	o := options(out, progress)
	o.Recipe.EMA, o.Recipe.Views = 0.8, recipe.Views{Flip: true}
	return o
}

// TestAveragesAreEvaluated holds that a run is measured by its averages, keeps them in its
// checkpoints, and trains as if there were none.
func TestAveragesAreEvaluated(t *testing.T) {
	plain, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(plain, &recorder{})); err != nil {
		t.Fatal(err)
	}
	o := averaged(out, &recorder{})
	result, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	f, err := checkpoint.Read(result.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := checkpoint.Read(runs.Folder(plain).Checkpoint(42))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw.Tensors {
		want := &raw.Tensors[i]
		got := f.Find(want.Name)
		if got == nil || !equalBits(got.Float32, want.Float32) {
			t.Errorf("%s: got other bits than without averages", want.Name)
		}
	}

	net := fakenet.New(network.Options{})
	if err := state.Assign(net, f, nil); err != nil {
		t.Fatal(err)
	}
	if !state.AssignAverages(net, f) {
		t.Fatal("got no averages in the checkpoint, want those of all variables")
	}
	for i, v := range net.Variables() {
		if got := o.Net.Variables()[i].Value; equalBits(got, v.Value) {
			t.Errorf("%s: the average is the variable itself", v.Name)
		}
	}
	m, _, err := eval.Evaluate(t.Context(), recipe.Views{Flip: true}, &fakenet.Info, net, o.Test)
	if err != nil {
		t.Fatal(err)
	}
	history, damage := runs.Folder(out).History()
	if len(damage) > 0 {
		t.Fatal(damage)
	}
	last := history.LastEvaluation()
	if last.Accuracy != m.Accuracy() || last.CrossEntropy != m.CrossEntropy || last.Loss != m.Loss {
		t.Errorf("last evaluation: got %+v, want that of the averages, %+v", last, m)
	}
}

func equalBits(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// TestResumeWithAverages stops a run with averages in an epoch, and holds that it ends as if it had
// not stopped.
func TestResumeWithAverages(t *testing.T) {
	whole, out := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), averaged(whole, &recorder{})); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Run(ctx, averaged(out, &recorder{at: 17, do: cancel})); err == nil {
		t.Fatal("got no error, want that the run was stopped")
	}
	o := averaged(out, &recorder{})
	o.Resume = true
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	sameEnd(t, out, whole)
}

// TestResumeWithoutAverages refuses a checkpoint that has none, and another decay.
func TestResumeWithoutAverages(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), averaged(out, &recorder{})); err != nil {
		t.Fatal(err)
	}
	o := averaged(out, &recorder{})
	o.Resume, o.Recipe.EMA = true, 0.9
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "ema: got 0.9, want 0.8") {
		t.Errorf("got error %v, want that the decay is another", err)
	}
	steps, err := runs.Folder(out).Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		f, err := checkpoint.Read(runs.Folder(out).Checkpoint(step))
		if err != nil {
			t.Fatal(err)
		}
		if err := state.Save(runs.Folder(out).Checkpoint(step), o.Net, step, f.Metadata); err != nil {
			t.Fatal(err)
		}
	}
	o = averaged(out, &recorder{})
	o.Resume = true
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "logit/DW/ExponentialMovingAverage: missing, want float32 of shape [12 3]") {
		t.Errorf("got error %v, want that the averages are missing", err)
	}
}

// TestRecipeCheck refuses a decay that is none.
func TestRecipeCheck(t *testing.T) {
	for _, ema := range []float64{1, -0.1, math.NaN()} {
		o := options(filepath.Join(t.TempDir(), "run"), &recorder{})
		o.Recipe.EMA = ema
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "ema: got") {
			t.Errorf("ema %g: got error %v, want one", ema, err)
		}
	}
}
