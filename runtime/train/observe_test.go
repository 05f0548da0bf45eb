package train

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// witness is an Observer that notes the order of what it is told.
type witness struct {
	recorder
	refuse error
	view   *RunView
	told   []string
	tests  []*eval.Test
}

func (w *witness) Watch(v *RunView) error {
	w.view, w.told = v, append(w.told, "watch")
	return w.refuse
}

func (w *witness) Start(done, total, perEpoch int) {
	w.told = append(w.told, fmt.Sprintf("start %d %d %d", done, total, perEpoch))
}

func (w *witness) Tested(step int, t *eval.Test) {
	w.told, w.tests = append(w.told, fmt.Sprint("tested ", step)), append(w.tests, t)
}

func (w *witness) Evaluated(step, epoch int, _ network.Metrics, _ bool) {
	w.told = append(w.told, fmt.Sprintf("evaluated %d %d", step, epoch))
}

func (w *witness) Stop() { w.told = append(w.told, "stop") }

// TestObserver holds what an observer is told, in order, and what it sees.
func TestObserver(t *testing.T) {
	o, w := options(filepath.Join(t.TempDir(), "run"), &recorder{}), &witness{}
	o.Epochs, o.Observers = 2, []Observer{w}
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	want := []string{"watch", "start 0 14 7", "tested 7", "evaluated 7 1", "tested 14", "evaluated 14 2", "stop"}
	if !slices.Equal(w.told, want) || len(w.steps) != 14 {
		t.Errorf("got %v and %d steps, want %v and 14", w.told, len(w.steps), want)
	}
	if v := w.view; v.Net != o.Net || v.Out != o.Out || !slices.Equal(v.Classes, []string{"0", "1", "2"}) || v.Done != 0 || !v.Summarizes(14) {
		t.Errorf("got view %+v", v)
	}
	o.Resume, o.Epochs = true, 3
	again := &witness{}
	o.Observers = []Observer{again}
	if _, err := Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if v := again.view; v.Done != 14 || len(v.Before.Test.Steps) != 2 || v.Before.Train.Steps[len(v.Before.Train.Steps)-1] != 14 || v.Before.Train.ImagesPerSecond[3] <= 0 {
		t.Errorf("got view %+v, before %+v, want what 14 steps have recorded", v, v.Before)
	}
}

// TestRuns lists runs and what they depend on.
func TestRuns(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"b", "a"} {
		if _, err := Run(t.Context(), options(filepath.Join(folder, name), &recorder{})); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "c"), 0o755); err != nil {
		t.Fatal(err)
	}
	folders, err := runs.List(folder)
	want := []runs.Folder{runs.Folder(filepath.Join(folder, "a")), runs.Folder(filepath.Join(folder, "b"))}
	if err != nil || !slices.Equal(folders, want) {
		t.Fatalf("got %v (%v), want %v", folders, err, want)
	}
	if alone, err := runs.List(string(want[0])); err != nil || !slices.Equal(alone, want[:1]) {
		t.Errorf("got %v (%v), want the run itself", alone, err)
	}
	if err := os.WriteFile(folders[0].Path(runs.FlagsJSON), []byte(`{"epochs": "6", "log": "json"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	settings, err := folders[0].FlatSettings()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"seed": "3", "learning_rate.peak": "0.1", "network": fakenet.Info.Name, "epochs": "6", "log": ""} {
		if settings[name] != want {
			t.Errorf("%s: got %q, want %q", name, settings[name], want)
		}
	}
	if _, err := runs.List(filepath.Join(folder, "none")); err == nil {
		t.Error("got no error of a folder that is not there")
	}
}

// stopwatch is a Progress that keeps how long the last step took.
type stopwatch struct {
	recorder
	took time.Duration
}

func (s *stopwatch) Step(_ int, _ network.Metrics, _ float64, took time.Duration) { s.took = took }

// late is a source whose batch takes its time.
type late struct {
	batch *input.Batch
	wait  time.Duration
}

func (l *late) Next() *input.Batch {
	time.Sleep(l.wait)
	return l.batch
}

func (*late) Release(*input.Batch) {}

// TestWait holds that a step's time and the images a second have the wait for its images in them.
func TestWait(t *testing.T) { synctest.Test(t, testWait) }

func testWait(t *testing.T) {
	watch := &stopwatch{}
	o := options(t.TempDir(), watch)
	outputs := output.New(t.Errorf)
	r := &runner{
		Options: o, averages: state.NewAverages(o.Net, 0), observers: newObservers(outputs, watch, nil), folder: held(&o), every: 1, total: 1,
	}
	const wait = time.Hour
	if err := r.train(&late{input.NewBatch(fakenet.Info.Batch, o.Train.Size()), wait}); err != nil {
		t.Fatal(err)
	}
	if watch.took != wait {
		t.Errorf("got a step of %v, want %v", watch.took, wait)
	}
	if got, want := r.folder.History.Speeds[0].ImagesPerSecond, float64(fakenet.Info.Batch)/3600; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("got %g images/s, want %g", got, want)
	}
}
