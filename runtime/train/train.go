// Package train runs a network's training: batches, learning-rate schedule, evaluations,
// checkpoints, records, and resuming a run. The results depend only on the network, the data, the
// seed and the recipe. They do not depend on the number of threads, nor on how often a run was
// interrupted.
package train

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/distributed"
	"github.com/resnetgen/resnetgen/runtime/train/divergence"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// Options say what to train and for how long.
type Options struct {
	Info   *network.Info
	Net    network.Network
	Recipe recipe.Recipe
	Train  *dataset.Set
	Test   *dataset.Set // nil: there is none, and then a validation part, or images to hold out

	ValidationPart *dataset.Set // evaluated in place of Test until the end; nil: the data set has no such part
	Validation     int          // if positive: images of Train that are held out for that; 0: of a folder of images a tenth
	SplitSeed      uint64       // what chose Test of a folder's images, which is recorded; 0: nothing did

	Epochs    int // in total, also of a resumed run
	Steps     int // if positive: in total, instead of Epochs
	SaveEvery int // if positive: steps from one checkpoint to the next, besides those after each epoch
	Seed      uint64
	Keep      int           // number of newest checkpoints to keep, besides the best; 0: three
	Patience  time.Duration // how long to retry if the last checkpoint cannot be written
	Out       runs.Folder
	Resume    bool
	Force     bool   // with Resume: continue even with other settings than the run was started with
	Init      string // a checkpoint, or a run's folder, to fine-tune from; a last layer of another shape is initialized
	Progress  Progress
	Observers []Observer                       // besides
	Log       func(format string, args ...any) // reports what a user may not expect; may be nil
	Ranks     *distributed.Group               // the processes that share the run, with Net among them; nil: this one alone
}

// Progress observes a run.
type Progress interface {
	// Start comes first: of total steps, done are done already.
	Start(done, total, perEpoch int)
	// Step comes after each step, with its learning rate and how long it took, the wait for its
	// images included.
	Step(step int, m network.Metrics, rate float64, took time.Duration)
	// Evaluated comes after each evaluation; best says that it is the best so far.
	Evaluated(step, epoch int, m network.Metrics, best bool)
	// Stop comes last.
	Stop()
}

// ErrStopped is the error of a run that was stopped before its end, after writing a checkpoint.
var ErrStopped = errors.New("training was stopped")

// Result is the outcome of a run.
type Result struct {
	Step       int
	Accuracy   float64 // of the last evaluation
	Best       float64
	BestStep   int
	EvalPart   string  // the part that these are on: validation or test
	Tested     bool    // the test part was evaluated at the end: EvalPart was until then
	Test       float64 // its accuracy,
	TestStep   int     // by the checkpoint of this step, the best
	Checkpoint string  // the last
}

// runner is a run in progress.
type runner struct {
	Options
	images        partition.Images
	trainingHash  string // of images.Whole
	folder        *runs.LockedFolder
	retry         saveRetry
	averages      *state.Averages // nil: the recipe has none
	observers     *observers
	tested        *eval.Test // the last; nil before the first
	throughput    Throughput // since the last summary
	batch         int
	perEpoch      int
	total         int
	every         int // steps from one summary to the next
	step          int // steps done
	lastEvaluated int // a step; 0: none was
}

// Run trains until all steps are done. When ctx is done it finishes the step, or interrupts an
// evaluation, writes a checkpoint and returns [ErrStopped]. Wrong options are errors before the
// first step. Later failures are a [runs.Failure].
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.Recipe.Check(); err != nil {
		return Result{}, err
	}
	if o.Ranks.Size() == 1 {
		o.Ranks = nil
	}
	r := &runner{Options: o, averages: state.NewAverages(o.Net, o.Recipe.EMA)}
	if err := r.divide(); err != nil {
		return Result{}, err
	}
	r.batch = min(o.Info.Batch, r.images.Train.Len())
	if err := o.Info.CheckTrainStep(r.batch); err != nil {
		return Result{}, err
	}
	r.perEpoch = input.StepsPerEpoch(r.images.Train, r.batch)
	r.total = o.Epochs * r.perEpoch
	if o.Steps > 0 {
		r.total = o.Steps
	}
	r.every = min(100, max(1, r.total/50))
	r.folder = &runs.LockedFolder{Folder: o.Out, Settings: r.settings(), History: &runs.History{}, Keep: o.Keep, Outputs: output.New(r.log), Log: r.log}
	if err := r.agree(); err != nil {
		return Result{}, err
	}
	if err := r.beginTogether(); err != nil {
		return Result{}, runs.AsFailure(err)
	}
	defer func() { r.folder.Release() }()
	if r.Ranks.Leads() {
		r.folder.WriteHistory()
		r.folder.Prune(r.step) // what was damaged is moved aside
	}
	r.observers = newObservers(r.folder.Outputs, r.Progress, r.Observers)
	r.observers.watch(r.view())
	r.observers.Start(r.step, r.total, r.perEpoch)
	defer r.observers.Stop()
	err := r.loop(ctx)
	if err != nil && !errors.Is(err, ErrStopped) {
		err = &runs.Failure{Err: err}
	}
	result := r.result()
	if err == nil {
		err = r.testAtLast(ctx, &result)
	}
	return result, err
}

func (r *runner) loop(ctx context.Context) error {
	if r.dueForEvaluation() && r.lastEvaluated != r.step { // the run was stopped before, or is to end here now
		if err := r.evaluate(ctx); err != nil {
			return err
		}
	}
	if r.step >= r.total {
		return r.settle(ctx)
	}
	source := input.New(r.images.Train, r.Recipe.Augment, r.Seed, r.batch, r.step, r.Ranks.Share(r.batch))
	defer source.Close()
	for r.step < r.total {
		if r.Ranks.Any(ctx.Err() != nil) {
			return r.stop(ctx)
		}
		err := r.train(source)
		if err != nil {
			return err
		}
		switch {
		case r.dueForEvaluation():
			err = r.evaluate(ctx)
		case r.SaveEvery > 0 && r.step%r.SaveEvery == 0:
			err = r.keep()
		case r.retry.due():
			err = r.keep()
		}
		if err != nil {
			return err
		}
	}
	return r.settle(ctx)
}

// dueForEvaluation says that the step is an epoch's last, or the run's.
func (r *runner) dueForEvaluation() bool {
	return r.step > 0 && (r.step%r.perEpoch == 0 || r.step == r.total)
}

// settle writes what could not be written before, at the run's end.
func (r *runner) settle(ctx context.Context) error {
	if r.retry.err == nil {
		return nil
	}
	return r.keepAtLast(ctx)
}

// stop ends a run before its end.
func (r *runner) stop(ctx context.Context) error {
	if err := r.keepAtLast(ctx); err != nil {
		return err
	}
	return ErrStopped
}

// source is where batches come from, and go back to.
type source interface {
	Next() *input.Batch
	Release(*input.Batch)
}

// train does one step. How long it took has the wait for its batch in it.
func (r *runner) train(source source) error {
	start := time.Now()
	b := source.Next()
	defer source.Release(b)
	rate := r.Recipe.Schedule.Rate(r.step, r.total)
	bad := divergence.FirstNonFinite(r.Net.Variables())
	m := r.Net.TrainStep(b.Images, b.Labels, float32(rate))
	switch {
	case !divergence.Finite(m.Loss):
		return r.diverged(r.step+1, fmt.Sprintf("a loss of %g", m.Loss), r.finder().InStep(bad))
	case bad != nil:
		return r.diverged(r.step, bad.String(), r.finder().LayerOf(bad.Variable))
	}
	r.step++
	r.averages.Update(r.step)
	took := time.Since(start)
	r.throughput.Add(m.Images, took)
	if r.Ranks != nil {
		r.observers.ranks(r.Ranks.GatherStates(took))
	}
	r.observers.Step(r.step, m, rate, took)
	if r.step%r.every == 0 || r.step == 1 || r.step == r.total {
		r.folder.Summarize(runs.Summary{Step: r.step, Loss: m.Loss, LearningRate: rate, Accuracy: m.Accuracy()}, runs.Speed{Step: r.step, ImagesPerSecond: r.throughput.Rate()})
	}
	return nil
}

// evaluate runs the test set, or the images held out, and writes the checkpoint and then all that
// is for people. If ctx is done it stops the run instead, which evaluates this step when it goes
// on.
func (r *runner) evaluate(ctx context.Context) error {
	tested := eval.NewTest(r.images.EvalSet, r.Info.Classes)
	m, whole := r.measure(ctx, r.images.EvalSet, tested.Add)
	if !whole {
		return r.stop(ctx)
	}
	r.tested, r.lastEvaluated = tested, r.step
	if !divergence.Finite(m.Loss) {
		return r.diverged(r.step, fmt.Sprintf("a loss of %g on the %s set", m.Loss, r.images.EvalPart()), r.finder().InEvaluation(r.images.EvalSet))
	}
	e := runs.Evaluation{Step: r.step, Epoch: (r.step + r.perEpoch - 1) / r.perEpoch, Accuracy: m.Accuracy(), CrossEntropy: m.CrossEntropy, Loss: m.Loss}
	best := r.folder.History.Best()
	improved := best == nil || e.Accuracy > best.Accuracy
	e.Best = e.Accuracy
	if !improved {
		e.Best = best.Accuracy
	}
	r.folder.History.Evaluations = append(r.folder.History.Evaluations, e)
	r.folder.History.Final = nil // it is of the end
	if err := r.keep(); err != nil {
		return err
	}
	r.observers.tested(r.step, r.tested)
	r.observers.Evaluated(r.step, e.Epoch, m, improved)
	if r.Ranks.Leads() && r.retry.err == nil {
		r.draw()
	}
	return nil
}

// save writes a checkpoint of this step.
func (r *runner) save() error {
	metadata, err := r.header()
	if err != nil {
		return err
	}
	path := r.folder.Checkpoint(r.step)
	if err := state.Save(path, r.Net, r.step, metadata, r.averages.Tensors()...); err != nil {
		return err
	}
	r.folder.MarkWritten(r.step)
	return nil
}

func (r *runner) result() Result {
	result := Result{Step: r.step, EvalPart: r.images.EvalPart()}
	if last := r.folder.History.LastEvaluation(); last != nil {
		result.Accuracy = last.Accuracy
		best := r.folder.History.Best()
		result.Best, result.BestStep = best.Accuracy, best.Step
	}
	if r.folder.HasCheckpoint(r.step) {
		result.Checkpoint = r.folder.Checkpoint(r.step)
	}
	return result
}
