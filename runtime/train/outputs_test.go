package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// outputsOf are the files of a run that are for people.
var outputsOf = []string{
	runs.TrainCSV, runs.EvalCSV, runs.SpeedCSV,
	"curves.svg", "curves.png", "confusion.svg", "confusion.png",
	"curves-dark.svg", "curves-dark.png", "confusion-dark.svg", "confusion-dark.png",
}

// shortRun is a run of 14 steps, two epochs, with checkpoints between.
func shortRun(t *testing.T, progress Progress) Options {
	t.Helper()
	o := options(filepath.Join(t.TempDir(), "run"), progress)
	o.Epochs, o.SaveEvery = 2, 4
	return o
}

// endOf runs and returns the last checkpoint.
func endOf(t *testing.T, o Options) string {
	t.Helper()
	result, err := Run(t.Context(), o)
	if err != nil || result.Step != 14 {
		t.Fatalf("got %+v, error %v, want 14 steps", result, err)
	}
	return string(read(t, result.Checkpoint))
}

// TestOutputsThatFail holds that no file that is for people stops a run, from whichever step on it
// cannot be written: each is one warning, and the checkpoint is that of a run without failures. The
// file is written again when that is possible.
func TestOutputsThatFail(t *testing.T) {
	want := endOf(t, shortRun(t, &recorder{}))
	for _, name := range outputsOf {
		for step := 1; step <= 14; step++ {
			for _, stays := range []bool{true, false} {
				if !stays && step > 2 {
					continue
				}
				var o Options
				var clear func()
				o = shortRun(t, &recorder{at: step, do: func() {
					if err := os.RemoveAll(o.Out.Path(name)); err != nil {
						t.Error(err)
					}
					clear = block(t, o.Out.Path(name))
				}})
				if !stays { // until the last epoch's end
					o.Net = &evaluating{Network: o.Net, do: func(step int) {
						if step == 14 && clear != nil {
							clear()
						}
					}}
				}
				notes := noting(&o)
				if got := endOf(t, o); got != want {
					t.Fatalf("%s from step %d on: got another checkpoint than without a failure", name, step)
				}
				warnings := slices.DeleteFunc(slices.Clone(*notes), func(note string) bool { return note == name+": writing it works again" })
				again := len(*notes) - len(warnings)
				if stays && (len(warnings) != 1 || again != 0) || !stays && (len(warnings) > 1 || len(warnings) != again) {
					t.Errorf("%s from step %d on: got notes %q, want one of each cause", name, step, *notes)
				}
				if len(warnings) > 0 && (!strings.HasPrefix(warnings[0], name+": ") || !strings.Contains(warnings[0], "the run continues without it")) {
					t.Errorf("%s from step %d on: got note %q", name, step, warnings[0])
				}
				if info, err := os.Stat(o.Out.Path(name)); !stays && (err != nil || info.IsDir()) {
					t.Errorf("%s from step %d on: got %v (%v), want it written in the end", name, step, info, err)
				}
			}
		}
	}
}

// evaluating is a network that does something in each evaluation, given how many steps are behind
// it.
type evaluating struct {
	network.Network
	steps int
	do    func(step int)
}

func (e *evaluating) TrainStep(images []float32, labels []int32, rate float32) network.Metrics {
	e.steps++
	return e.Network.TrainStep(images, labels, rate)
}

func (e *evaluating) Eval(images []float32, labels []int32) network.Metrics {
	e.do(e.steps)
	return e.Network.Eval(images, labels)
}

// panicking is an Observer that panics at its n-th call, or when it is to begin returns an error.
type panicking struct {
	name      string
	at, calls int
	last      string
}

func (p *panicking) call(method string) {
	p.calls++
	p.last = method
	if p.calls == p.at {
		panic("a bug")
	}
}

func (p *panicking) Name() string { return p.name }
func (p *panicking) Watch(*RunView) error {
	if p.call("Watch"); p.at == 0 {
		return errors.New("address already in use")
	}
	return nil
}
func (p *panicking) Start(int, int, int)                               { p.call("Start") }
func (p *panicking) Step(int, network.Metrics, float64, time.Duration) { p.call("Step") }
func (p *panicking) Tested(int, *eval.Test)                            { p.call("Tested") }
func (p *panicking) Evaluated(int, int, network.Metrics, bool)         { p.call("Evaluated") }
func (p *panicking) Ranks([]distributed.RankState)                     { p.call("Ranks") }
func (p *panicking) Stop()                                             { p.call("Stop") }

// TestObserversThatFail holds that a bug in who observes a run, at whichever call, or a refusal to
// begin, ends the observer and not the run, and is one warning. Other observers are told
// all.
func TestObserversThatFail(t *testing.T) {
	want := endOf(t, shortRun(t, &recorder{}))
	all := &panicking{name: "all", at: -1}
	o := shortRun(t, &recorder{})
	o.Observers = []Observer{all}
	endOf(t, o)
	if all.calls != 21 { // Watch, Start, 14 steps, two evaluations of two calls, Stop
		t.Fatalf("got %d calls, want 21", all.calls)
	}
	for at := 0; at <= all.calls; at++ {
		o, bad, other := shortRun(t, &recorder{}), &panicking{name: "pictures", at: at}, &panicking{name: "other", at: -1}
		o.Observers = []Observer{bad, other}
		notes := noting(&o)
		if got := endOf(t, o); got != want {
			t.Fatalf("call %d: got another checkpoint than without a failure", at)
		}
		cause := "pictures: panic: a bug; the run continues without it"
		if at == 0 {
			cause = "pictures: address already in use; the run continues without it"
		}
		if !slices.Equal(*notes, []string{cause}) || bad.calls != max(at, 1) || other.calls != all.calls {
			t.Errorf("call %d, %s: got notes %q, %d and %d calls, want %q, no more calls, and %d", at, bad.last, *notes, bad.calls, other.calls, cause, all.calls)
		}
	}
	for at := range 18 { // a Progress is told less: its own test
		bad := &panicking{at: at + 1}
		o := shortRun(t, bad)
		notes := noting(&o)
		if got := endOf(t, o); got != want || len(*notes) != 1 {
			t.Fatalf("call %d of the progress: got notes %q and the same checkpoint: %t", at+1, *notes, got == want)
		}
	}
}

// TestCheckpointFirst holds that the checkpoint is there before anybody else hears of an
// evaluation, and before the records.
func TestCheckpointFirst(t *testing.T) {
	var o Options
	told := 0
	w := &telling{do: func(step int) {
		told++
		if _, err := runs.ReadCheckpoint(o.Out.Checkpoint(step), step); err != nil {
			t.Errorf("step %d: %v", step, err)
		}
	}}
	o = shortRun(t, &recorder{})
	o.Observers = []Observer{w}
	endOf(t, o)
	if told != 4 {
		t.Errorf("got told %d times, want 4", told)
	}
}

// telling is an Observer that does something when it is told of an evaluation.
type telling struct {
	witness
	do func(step int)
}

func (w *telling) Tested(step int, _ *eval.Test)                    { w.do(step) }
func (w *telling) Evaluated(step, _ int, _ network.Metrics, _ bool) { w.do(step) }

// TestLongClassName trains on classes whose names no picture has room for.
func TestLongClassName(t *testing.T) {
	for _, name := range []string{strings.Repeat("x", 80), "", "日本語", "\x00"} {
		o := shortRun(t, &recorder{})
		o.Train.ClassNames = []string{name, "b", fmt.Sprint(name, name)}
		notes := noting(&o)
		endOf(t, o)
		if len(*notes) > 0 || !exists(o.Out.Path("confusion.png")) {
			t.Errorf("%q: got notes %q, want the pictures", name, *notes)
		}
	}
}
