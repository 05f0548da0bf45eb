package train

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/resnetgen/resnetgen/internal/linktest"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// mislabelled is a set whose labels have nothing to do with its images: its accuracy goes up and
// down while a network learns others.
func mislabelled(n int, seed uint64) *dataset.Set {
	s := fakenet.Images(n, seed)
	for i := range s.Labels {
		s.Labels[i] = int32((i*i + int(seed)) % s.Classes)
	}
	return s
}

// chosenRun is a run whose best checkpoint is not its last, and classifies the test part otherwise.
func chosenRun(t *testing.T) (o Options, r Result) {
	t.Helper()
	for seed := range uint64(30) {
		o = options(filepath.Join(t.TempDir(), "run"), &recorder{})
		o.Train, o.ValidationPart, o.Test, o.Seed = photoSet(30, 1), mislabelled(12, seed), mislabelled(40, seed+1), seed
		o.Recipe.EMA = 0.5
		r, err := Run(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if r.BestStep != r.Step && testedBy(t, o, r.Step) != testedBy(t, o, r.BestStep) {
			return o, r
		}
	}
	t.Fatal("got the last checkpoint as the best of each run, want another one")
	return o, r
}

// held is the folder of a run that is put together by hand.
func held(o *Options) *runs.LockedFolder {
	return &runs.LockedFolder{Folder: o.Out, History: &runs.History{}, Log: o.log}
}

// testedBy is the test part's accuracy by the averages of a step's checkpoint.
func testedBy(t *testing.T, o Options, step int) float64 {
	t.Helper()
	f, _, err := runs.Open(o.Out.Checkpoint(step))
	if err != nil {
		t.Fatal(err)
	}
	net := fakenet.New(network.Options{})
	if err := state.Assign(net, f, nil); err != nil {
		t.Fatal(err)
	}
	state.AssignAverages(net, f)
	m, _, err := eval.Evaluate(t.Context(), recipe.Views{}, &fakenet.Info, net, o.Test)
	if err != nil {
		t.Fatal(err)
	}
	return m.Accuracy()
}

// TestChosen holds that the test part is evaluated by the best checkpoint, and that the network is
// left as the run ended.
func TestChosen(t *testing.T) {
	o, r := chosenRun(t)
	if want := testedBy(t, o, r.BestStep); !r.Tested || r.TestStep != r.BestStep || r.Test != want {
		t.Errorf("got %+v, want a test accuracy of %g at step %d", r, want, r.BestStep)
	}
	f, _, err := runs.Open(o.Out.Checkpoint(r.Step))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range o.Net.Variables() {
		if got := f.Find(v.Name); !slices.Equal(got.Float32, v.Value) {
			t.Errorf("%s: got %v, want %v as in the last checkpoint", v.Name, v.Value, got.Float32)
		}
	}
}

// TestChosenByRanks holds that all ranks test by the best checkpoint, which rank 0 alone reads.
func TestChosenByRanks(t *testing.T) {
	o, r := chosenRun(t)
	want := testedBy(t, o, r.BestStep)
	linktest.Each(4, func(rank int, link *linktest.Link) {
		own := &runner{Options: o, images: partition.Images{Test: o.Test}, folder: held(&o), step: r.Step}
		own.Net = fakenet.New(network.Options{})
		own.averages = state.NewAverages(own.Net, o.Recipe.EMA)
		own.Ranks = &distributed.Group{Link: link}
		if rank == 0 {
			own.folder.History.Evaluations = []runs.Evaluation{{Step: r.BestStep, Accuracy: 1}}
		} else {
			own.folder.Folder = runs.Folder(filepath.Join(string(o.Out), "absent"))
		}
		var got Result
		if whole := own.testChosen(t.Context(), &got); !whole || got.TestStep != r.BestStep || got.Test != want {
			t.Errorf("rank %d: got %+v, want a test accuracy of %g at step %d", rank, got, want, r.BestStep)
		}
	})
}

// TestChosenDamaged tests by the next best checkpoint where the best is damaged, and by the last
// state where there is none.
func TestChosenDamaged(t *testing.T) {
	o, r := chosenRun(t)
	if err := os.Truncate(o.Out.Checkpoint(r.BestStep), 100); err != nil {
		t.Fatal(err)
	}
	said := 0
	own := &runner{Options: o, images: partition.Images{Test: o.Test}, folder: held(&o), step: r.Step}
	own.Log = func(string, ...any) { said++ }
	own.folder.History.Evaluations = []runs.Evaluation{{Step: r.BestStep, Accuracy: 1}}
	own.averages = state.NewAverages(own.Net, o.Recipe.EMA)
	if err := own.takeCheckpoint(r.Step); err != nil {
		t.Fatal(err)
	}
	var got Result
	if whole := own.testChosen(t.Context(), &got); !whole || got.TestStep != r.Step || got.Test != testedBy(t, o, r.Step) || said != 1 {
		t.Errorf("got %+v and %d messages, want the accuracy of step %d and one", got, said, r.Step)
	}
	steps, err := o.Out.Steps()
	if err != nil {
		t.Fatal(err)
	}
	next := steps[len(steps)-2] // which neither is damaged nor the last
	own.folder.History.Put(&runs.Evaluation{Step: next, Accuracy: 0.5})
	if whole := own.testChosen(t.Context(), &got); !whole || next == r.BestStep || got.TestStep != next || got.Test != testedBy(t, o, next) {
		t.Errorf("got %+v, want the accuracy of the next best, step %d", got, next)
	}
}
