// Package train runs a network's training: batches, schedule, evaluation, checkpoints, what is recorded of a run,
// and how a run goes on after a stop. A run's results depend on the network, the data, the seed and the recipe
// alone: not on the number of threads, nor on how often it was stopped.
package train

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/nn"
)

// Options say what to train and for how long.
type Options struct {
	Info        *nn.Info
	Net         nn.Network
	Recipe      Recipe
	Train, Test *dataset.Set
	Epochs      int // in all, also of a run that goes on
	Steps       int // if positive: in all, instead of Epochs
	Seed        uint64
	Out         Folder
	Resume      bool
	Init        string // a checkpoint to start from; a logit of another shape is made new
	Progress    Progress
}

// Progress is told how a run goes.
type Progress interface {
	// Start comes first: the run has total steps, of which done are behind it.
	Start(done, total, perEpoch int)
	// Step comes after each step, with its learning rate and how long it took.
	Step(step int, m nn.Metrics, rate float64, took time.Duration)
	// Evaluated comes after each evaluation; best says that it is the best so far.
	Evaluated(step, epoch int, m nn.Metrics, best bool)
	// Stop comes last.
	Stop()
}

// ErrStopped says that a run was stopped before its end, after writing a checkpoint.
var ErrStopped = errors.New("training was stopped")

// Result is what a run came to.
type Result struct {
	Step       int
	Precision  float64 // of the last evaluation
	Best       float64
	BestStep   int
	Checkpoint string // the last
}

// checkpointsKept is how many of the last checkpoints stay, besides the best.
const checkpointsKept = 3

// runner is a run that goes on.
type runner struct {
	Options
	history  *history
	batch    int
	perEpoch int
	total    int
	every    int // steps from one summary to the next
	step     int // steps done
}

// Run trains until all steps are done, or ctx is: then it finishes the step, writes a checkpoint and returns
// [ErrStopped].
func Run(ctx context.Context, o Options) (Result, error) {
	r := &runner{Options: o, batch: min(o.Info.Batch, o.Train.Len())}
	r.perEpoch = stepsPerEpoch(o.Train, r.batch)
	r.total = o.Epochs * r.perEpoch
	if o.Steps > 0 {
		r.total = o.Steps
	}
	r.every = min(100, max(1, r.total/50))
	if err := r.begin(); err != nil {
		return Result{}, err
	}
	r.Progress.Start(r.step, r.total, r.perEpoch)
	defer r.Progress.Stop()
	if err := r.loop(ctx); err != nil {
		return r.result(), err
	}
	return r.result(), nil
}

func (r *runner) identity() identity {
	return identity{
		Network: r.Info.Name, Spec: r.Info.SpecHash, Seed: r.Seed, Data: r.Train.Name, Images: r.Train.Len(),
		Init: r.Init, Augment: r.Recipe.Augment, Schedule: r.Recipe.Schedule,
	}
}

// begin makes the run's folder, or finds its newest checkpoint.
func (r *runner) begin() error {
	if r.Resume {
		return r.resume()
	}
	r.history = &history{}
	nn.Initialize(r.Net.Variables(), r.Seed)
	if r.Init != "" {
		f, err := checkpoint.Read(r.Init)
		if err != nil {
			return err
		}
		if err := r.startFrom(f); err != nil {
			return fmt.Errorf("start from %s: %w", r.Init, err)
		}
	}
	return r.Out.begin(r.identity())
}

// startFrom takes a checkpoint's variables; momentum and the step start anew, as does the last layer if the
// checkpoint was trained for other classes.
func (r *runner) startFrom(f *checkpoint.File) error {
	if err := Assign(r.Net, f, func(name string) bool { return name == "logit/DW" || name == "logit/biases" }); err != nil {
		return err
	}
	for _, v := range r.Net.Variables() {
		clear(v.Momentum)
	}
	return nil
}

func (r *runner) resume() error {
	if err := r.Out.check(r.identity()); err != nil {
		return err
	}
	steps, err := r.Out.Steps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		return fmt.Errorf("resume: got no checkpoint in %s, want checkpoints/step-N.safetensors; start it again without --resume, in another folder", r.Out)
	}
	path := r.Out.Checkpoint(steps[len(steps)-1])
	f, err := checkpoint.Read(path)
	if err != nil {
		return err
	}
	if err := Assign(r.Net, f, nil); err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	if r.step, err = Step(f); err != nil {
		return fmt.Errorf("resume from %s: %w", path, err)
	}
	if r.history, err = r.Out.history(); err != nil {
		return err
	}
	r.history.upTo(r.step)
	return nil
}

func (r *runner) loop(ctx context.Context) error {
	if r.step >= r.total {
		return nil
	}
	source := newBatches(r.Train, r.Recipe.Augment, r.Seed, r.batch, r.step)
	defer source.close()
	for r.step < r.total {
		if ctx.Err() != nil {
			return errors.Join(ErrStopped, r.record(), r.save())
		}
		b := source.next()
		err := r.train(b)
		source.done(b)
		if err != nil {
			return err
		}
		if r.step%r.perEpoch == 0 || r.step == r.total {
			if err := r.evaluate(); err != nil {
				return err
			}
		}
	}
	return nil
}

// train does one step.
func (r *runner) train(b *batch) error {
	rate := r.Recipe.Schedule.Rate(r.step, r.total)
	start := time.Now()
	m := r.Net.TrainStep(b.images, b.labels, float32(rate))
	if !finite(m.Loss) {
		return fmt.Errorf("step %d: got a loss of %g, want a number: the training has diverged; its last checkpoint is kept; a lower learning rate may help", r.step+1, m.Loss)
	}
	r.step++
	r.Progress.Step(r.step, m, rate, time.Since(start))
	if r.step%r.every == 0 || r.step == 1 || r.step == r.total {
		r.history.summaries = append(r.history.summaries, summary{r.step, m.Loss, rate, m.Precision()})
	}
	return nil
}

// evaluate runs the test set, and writes the checkpoint and what has been recorded.
func (r *runner) evaluate() error {
	m := Evaluate(r.Net, r.Test, r.Info.EvalBatch)
	e := evaluation{step: r.step, epoch: (r.step + r.perEpoch - 1) / r.perEpoch, precision: m.Precision(), xent: m.CrossEntropy, loss: m.Loss}
	best := r.history.best()
	improved := best == nil || e.precision > best.precision
	e.best = e.precision
	if !improved {
		e.best = best.precision
	}
	r.history.evaluations = append(r.history.evaluations, e)
	r.Progress.Evaluated(r.step, e.epoch, m, improved)
	// What is recorded comes first: a run that is killed in between goes on from the checkpoint before, and
	// drops what was recorded after it.
	if err := r.record(); err != nil {
		return err
	}
	if err := r.save(); err != nil {
		return err
	}
	return r.Out.prune(checkpointsKept, r.history.best().step)
}

// save writes a checkpoint of this step.
func (r *runner) save() error {
	return Save(r.Out.Checkpoint(r.step), r.Net, r.step, map[string]string{
		"network": r.Info.Name, "spec_sha256": r.Info.SpecHash, "generator": r.Info.Generator,
		"data": r.Train.Name, "seed": strconv.FormatUint(r.Seed, 10),
	})
}

// record writes the summaries and the pictures.
func (r *runner) record() error {
	if err := r.history.save(r.Out); err != nil {
		return err
	}
	for _, format := range []string{"svg", "png"} {
		picture, err := r.history.curves(fmt.Sprintf("%s on %s", r.Info.Name, r.Train.Name), format)
		if err != nil {
			return err
		}
		if err := r.Out.write("curves."+format, picture); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) result() Result {
	result := Result{Step: r.step}
	if n := len(r.history.evaluations); n > 0 {
		result.Precision = r.history.evaluations[n-1].precision
		best := r.history.best()
		result.Best, result.BestStep = best.precision, best.step
	}
	if path := r.Out.Checkpoint(r.step); exists(path) {
		result.Checkpoint = path
	}
	return result
}
