package train

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// Part is an opt-in part of a trainer, such as its dashboard: it adds flags to the train command and observes runs. A
// trainer links the parts that it was generated with, and no other.
type Part interface {
	// Flags adds the part's flags.
	Flags(*pflag.FlagSet)
	// Observer returns who observes a run under these flags, or nil. An error says what is wrong with the flags.
	Observer() (Observer, error)
}

// ScalarPart is a Part that can record numbers outside of a training, too: those of an evaluator that watches a run.
type ScalarPart interface {
	Part
	// Scalars begins a record in a folder, which is made if it is not there. What the folder's older records say of steps
	// after done does not count any more.
	Scalars(folder string, done int) (ScalarWriter, error)
}

// ScalarWriter records numbers.
type ScalarWriter interface {
	// Scalar records a number of a step, under its name.
	Scalar(step int, name string, value float64) error
	// Close ends the record, and returns what could not be written.
	Close() error
}

// Observer is a Progress that sees a run itself. All its methods are called between steps, by the goroutine that
// trains: what they do for long holds the training up. Nothing that they do may change a variable.
type Observer interface {
	Progress
	// Watch comes before Start, when the run's folder exists and is this process's. An error ends the run before its first step.
	Watch(*View) error
	// Tested comes before each Evaluated, with how each image of the test set fared.
	Tested(step int, t *Test)
}

// View is what an observer sees of a run.
type View struct {
	Info        *nn.Info
	Net         nn.Network   // between steps, its variables may be read and its Profile set
	Train, Test *dataset.Set // Test is what is evaluated while the run goes on,
	Measured    string       // and this its name: validation or test
	HeldOut     int          // images of the training part that are in Test instead of Train
	Classes     []string     // their names, as many as Info.Classes
	Out         Folder
	Done        int     // steps that were done before, by the run that this one goes on with
	Before      *Curves // what they have recorded
	Log         func(format string, args ...any)

	every, total int
}

// Summarizes says whether a step is one of those whose loss, learning rate and precision are recorded.
func (v *View) Summarizes(step int) bool { return step%v.every == 0 || step == 1 || step == v.total }

// view is what the run's observers see.
func (r *runner) view() *View {
	return &View{
		Info: r.Info, Net: r.Net, Train: r.Train, Test: r.measured, Measured: r.measuredName(), HeldOut: r.heldOut, Classes: classNames(r.Train.ClassNames, r.Info.Classes),
		Out: r.Out, Done: r.step, Before: r.history.columns(), Log: r.log, every: r.every, total: r.total,
	}
}

// audience is everyone whom a run tells how it goes.
type audience struct {
	first     Progress
	observers []Observer
}

func (a *audience) watch(v *View) error {
	for _, o := range a.observers {
		if err := o.Watch(v); err != nil {
			return err
		}
	}
	return nil
}

func (a *audience) tested(step int, t *Test) {
	for _, o := range a.observers {
		o.Tested(step, t)
	}
}

// Start is a Progress's, as are the methods below.
func (a *audience) Start(done, total, perEpoch int) {
	a.first.Start(done, total, perEpoch)
	for _, o := range a.observers {
		o.Start(done, total, perEpoch)
	}
}

func (a *audience) ranks(states []RankState) {
	for _, o := range a.observers {
		if o, ok := o.(RankObserver); ok {
			o.Ranks(states)
		}
	}
}

func (a *audience) Step(step int, m nn.Metrics, rate float64, took time.Duration) {
	a.first.Step(step, m, rate, took)
	for _, o := range a.observers {
		o.Step(step, m, rate, took)
	}
}

func (a *audience) Evaluated(step, epoch int, m nn.Metrics, best bool) {
	a.first.Evaluated(step, epoch, m, best)
	for _, o := range a.observers {
		o.Evaluated(step, epoch, m, best)
	}
}

func (a *audience) Stop() {
	a.first.Stop()
	for _, o := range a.observers {
		o.Stop()
	}
}
