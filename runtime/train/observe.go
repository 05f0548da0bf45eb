package train

import (
	"fmt"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Observer is a Progress that sees a run itself. All its methods are called between steps, by the
// goroutine that trains: what they do for long holds the training up. Nothing that they do may
// change a variable. One that panics is told nothing more, and the run goes on.
type Observer interface {
	Progress
	// Watch comes before Start, when the run's folder exists and is this process's. After an error
	// the observer is told nothing more.
	Watch(*RunView) error
	// Tested comes before each Evaluated, with how each image of the test set fared.
	Tested(step int, t *eval.Test)
}

// RunView is what an observer sees of a run.
type RunView struct {
	Info        *network.Info
	Net         network.Network // between steps, its variables may be read and its Profile set
	Train, Test *dataset.Set    // Test is the part evaluated during the run,
	EvalPart    string          // and EvalPart its name: validation or test
	HeldOut     int             // images of the training part that are in Test instead of Train
	Classes     []string        // their names, as many as Info.Classes
	Out         runs.Folder
	Done        int          // steps done before this run was resumed
	Before      *runs.Curves // what these have recorded
	Log         func(format string, args ...any)

	every, total int
}

// Summarizes says whether a step is one of those whose loss, learning rate and accuracy are
// recorded.
func (v *RunView) Summarizes(step int) bool { return step%v.every == 0 || step == 1 || step == v.total }

// view is what the run's observers see.
func (r *runner) view() *RunView {
	return &RunView{
		Info: r.Info, Net: r.Net, Train: r.images.Train, Test: r.images.EvalSet, EvalPart: r.images.EvalPart(), HeldOut: r.images.HeldOut, Classes: eval.ClassNames(r.images.Train.ClassNames, r.Info.Classes),
		Out: r.Out, Done: r.step, Before: r.folder.History.Columns(), Log: r.log, every: r.every, total: r.total,
	}
}

// observers are all that observe a run. One that fails or panics is called no more;
// the run goes on.
type observers struct {
	outputs *output.Outputs
	members []*member
}

// member is one of the observers.
type member struct {
	Progress
	name string
	left bool // it has failed
}

// NamedObserver is an Observer with a name for messages.
type NamedObserver interface {
	// Name is what warnings call the observer.
	Name() string
}

func newObservers(outputs *output.Outputs, first Progress, all []Observer) *observers {
	a := &observers{outputs: outputs, members: []*member{{Progress: first, name: "progress"}}}
	for _, o := range all {
		m := &member{Progress: o, name: fmt.Sprintf("%T", o)}
		if n, ok := o.(NamedObserver); ok {
			m.name = n.Name()
		}
		a.members = append(a.members, m)
	}
	return a
}

// each tells everyone who is still there.
func (a *observers) each(tell func(Progress) error) {
	for _, m := range a.members {
		if !m.left {
			m.left = !a.outputs.Try(m.name, func() error { return tell(m.Progress) })
		}
	}
}

func (a *observers) watch(v *RunView) {
	a.each(func(p Progress) error {
		if o, ok := p.(Observer); ok {
			return o.Watch(v)
		}
		return nil
	})
}

func (a *observers) tested(step int, t *eval.Test) {
	a.each(func(p Progress) error {
		if o, ok := p.(Observer); ok {
			o.Tested(step, t)
		}
		return nil
	})
}

func (a *observers) ranks(states []distributed.RankState) {
	a.each(func(p Progress) error {
		if o, ok := p.(RankObserver); ok {
			o.Ranks(states)
		}
		return nil
	})
}

// Start is a Progress's, as are the methods below.
func (a *observers) Start(done, total, perEpoch int) {
	a.each(func(p Progress) error { p.Start(done, total, perEpoch); return nil })
}

func (a *observers) Step(step int, m network.Metrics, rate float64, took time.Duration) {
	a.each(func(p Progress) error { p.Step(step, m, rate, took); return nil })
}

func (a *observers) Evaluated(step, epoch int, m network.Metrics, best bool) {
	a.each(func(p Progress) error { p.Evaluated(step, epoch, m, best); return nil })
}

func (a *observers) Stop() {
	a.each(func(p Progress) error { p.Stop(); return nil })
}
