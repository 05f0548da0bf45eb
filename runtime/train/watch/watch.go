// Package watch evaluates the checkpoints of a run as they appear, and keeps the results beside the
// run.
package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// Options say how an evaluator follows a run.
type Options struct {
	Run          runs.Folder
	Evaluate     func(checkpoint string) (network.Metrics, error) // on Test
	Test         *dataset.Set                                     // what it evaluates on,
	Views        recipe.Views                                     // by which views of each image,
	Raw          bool                                             // and without moving averages
	Interval     time.Duration                                    // from one look for new checkpoints to the next
	Once         bool                                             // one look
	Scalars      []ScalarRecorder                                 // record the accuracies, too
	OnEvaluation func(step int, m network.Metrics, best float64)  // comes after each evaluation
	Log          func(format string, args ...any)
}

// watcher is a running evaluator. Its results are in RUN/eval/eval.csv, and the settings that they
// depend on in RUN/eval/eval.json. Both are read when the evaluator is started again.
type watcher struct {
	Options
	settings settings
	out      runs.Folder
	results  []result
	writers  []ScalarWriter
	wrong    map[int]bool // checkpoints that cannot be evaluated, of which the log was told
	saveErr  error        // why the results could not be written; logged
	outputs  *output.Outputs
}

// result is a row of the evaluator's eval.csv.
type result struct {
	step           int
	accuracy, best float64
}

const header = "step,accuracy,best_accuracy\n"

// Follow evaluates each checkpoint of a run that is not older than one that was evaluated before,
// as the official evaluator does, until ctx is done. One that was removed before its turn is passed
// over; so is one that cannot be evaluated, which with Once is a [runs.Failure] at the end.
func Follow(ctx context.Context, o Options) error {
	if !o.Run.HoldsRun() {
		return &NoRunError{o.Run}
	}
	w := &watcher{Options: o, out: runs.Folder(o.Run.Path("eval")), wrong: map[int]bool{}, outputs: output.New(o.Log)}
	w.settings = settings{partition.Fingerprint(o.Test), o.Test.Len(), o.Views, o.Raw}
	lock, err := w.out.Lock()
	if err != nil {
		return runs.AsFailure(err)
	}
	defer lock.Release()
	if err := w.out.RemoveTemporary(); err != nil {
		return runs.AsFailure(err)
	}
	if err := w.begin(); err != nil {
		return runs.AsFailure(err)
	}
	defer w.close()
	for {
		if err := w.look(ctx); err != nil {
			return &runs.Failure{Err: errors.Join(err, w.ended())}
		}
		if o.Once {
			return w.ended()
		}
		select {
		case <-ctx.Done():
			return w.ended()
		case <-time.After(o.Interval):
		}
	}
}

// ended is an error if something could not be written, or with Once, evaluated.
func (w *watcher) ended() error {
	w.retry()
	switch {
	case w.saveErr != nil:
		return &runs.Failure{Err: w.saveErr}
	case w.Once && len(w.wrong) > 0:
		return &runs.Failure{Err: &NotEvaluatedError{w.Run, len(w.wrong)}}
	}
	return nil
}

// begin reads the earlier results.
func (w *watcher) begin() error {
	rows, damage := w.out.Rows(runs.EvalCSV, header)
	if damage != nil {
		w.Log("part of the earlier results is lost: %v", damage)
	}
	for _, r := range rows {
		w.results = append(w.results, result{int(r[0]), r[1], r[2]})
	}
	if len(w.results) > 0 {
		if err := w.compare(); err != nil {
			return err
		}
	}
	for _, p := range w.Scalars {
		w.outputs.Try(scalars, func() error {
			writer, err := p.Scalars(string(w.out), w.last().step)
			if err == nil {
				w.writers = append(w.writers, writer)
			}
			return err
		})
	}
	return nil
}

// scalars is what messages call what the parts record: the findings have a file of their own.
const scalars = "the parts' records"

// close ends the writers.
func (w *watcher) close() {
	for _, writer := range w.writers {
		w.outputs.Try(scalars, writer.Close)
	}
}

func (w *watcher) last() result {
	if len(w.results) == 0 {
		return result{}
	}
	return w.results[len(w.results)-1]
}

// look evaluates the checkpoints that are new.
func (w *watcher) look(ctx context.Context) error {
	w.retry()
	steps, err := w.Run.Steps()
	if err != nil {
		return err
	}
	for _, step := range steps {
		if ctx.Err() != nil {
			return nil
		}
		if step <= w.last().step || w.wrong[step] {
			continue
		}
		m, err := w.Evaluate(w.Run.Checkpoint(step))
		switch {
		case err != nil && ctx.Err() != nil: // it is evaluated the next time
			return nil
		case errors.Is(err, fs.ErrNotExist): // the trainer keeps a few only
			continue
		case err != nil:
			w.wrong[step] = true
			w.Log("skipped: %v", err)
			continue
		}
		w.record(step, m)
	}
	return nil
}

// record reports and writes a result.
func (w *watcher) record(step int, m network.Metrics) {
	f := result{step, m.Accuracy(), max(w.last().best, m.Accuracy())}
	w.results = append(w.results, f)
	w.OnEvaluation(step, m, f.best)
	w.save()
	for _, writer := range w.writers {
		w.outputs.Try(scalars, func() error {
			return errors.Join(writer.Scalar(step, "Precision", f.accuracy), writer.Scalar(step, "Best Precision", f.best))
		})
	}
}

// retry writes the results if that failed before.
func (w *watcher) retry() {
	if w.saveErr != nil {
		w.save()
	}
}

// save writes the results. If it cannot, it logs this once; [watcher.retry] tries again.
func (w *watcher) save() {
	var text bytes.Buffer
	text.WriteString(header)
	for _, f := range w.results {
		fmt.Fprintf(&text, "%d,%s,%s\n", f.step, runs.Decimal(f.accuracy), runs.Decimal(f.best))
	}
	err := w.out.WriteJSON(settingsFile, w.settings)
	if err == nil {
		err = w.out.Write(runs.EvalCSV, text.Bytes())
	}
	if err != nil && w.saveErr == nil {
		w.Log("%v; trying again later", err)
	}
	w.saveErr = err
}
