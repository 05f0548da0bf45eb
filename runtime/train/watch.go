package train

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/resnetgen/resnetgen/runtime/nn"
)

// WatchOptions say how an evaluator follows a run.
type WatchOptions struct {
	Run      Folder
	Evaluate func(checkpoint string) (nn.Metrics, error) // on the test set
	Interval time.Duration                               // from one look for new checkpoints to the next
	Once     bool                                        // one look
	Scalars  []ScalarPart                                // record the precisions, too
	Told     func(step int, m nn.Metrics, best float64)  // comes after each evaluation
	Log      func(format string, args ...any)
}

// watcher is an evaluator at work. What it has found is in RUN/eval/eval.csv: it is read when the evaluator is started again.
type watcher struct {
	WatchOptions
	out     Folder
	found   []finding
	writers []ScalarWriter
	wrong   map[int]bool // checkpoints that cannot be evaluated, of which the log was told
}

// finding is a row of an evaluator's eval.csv.
type finding struct {
	step            int
	precision, best float64
}

const watchHeader = "step,Precision,Best Precision\n"

// Watch evaluates each checkpoint of a run that is not older than one that was evaluated before, as the official
// evaluator does, until ctx is done. One that was removed before its turn is passed over.
func Watch(ctx context.Context, o WatchOptions) (err error) {
	if !exists(o.Run.path(runJSON)) {
		return fmt.Errorf("--watch: got no run in %s, want the folder of one", o.Run)
	}
	w := &watcher{WatchOptions: o, out: Folder(o.Run.path("eval")), wrong: map[int]bool{}}
	unlock, err := w.out.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.begin(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	for {
		if err := w.look(ctx); err != nil || o.Once {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(o.Interval):
		}
	}
}

// begin reads what was found before.
func (w *watcher) begin() error {
	rows, err := w.out.rows(evalCSV, 3)
	if err != nil {
		return err
	}
	for _, r := range rows {
		w.found = append(w.found, finding{int(r[0]), r[1], r[2]})
	}
	for _, p := range w.Scalars {
		writer, err := p.Scalars(string(w.out), w.last().step)
		if err != nil {
			return errors.Join(err, w.close())
		}
		w.writers = append(w.writers, writer)
	}
	return nil
}

func (w *watcher) close() (err error) {
	for _, writer := range w.writers {
		err = errors.Join(err, writer.Close())
	}
	return err
}

func (w *watcher) last() finding {
	if len(w.found) == 0 {
		return finding{}
	}
	return w.found[len(w.found)-1]
}

// look evaluates the checkpoints that are new.
func (w *watcher) look(ctx context.Context) error {
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
			w.Log("passed over: %v", err)
			continue
		}
		if err := w.record(step, m); err != nil {
			return err
		}
	}
	return nil
}

// record writes what was found.
func (w *watcher) record(step int, m nn.Metrics) error {
	f := finding{step, m.Precision(), max(w.last().best, m.Precision())}
	w.found = append(w.found, f)
	var text bytes.Buffer
	text.WriteString(watchHeader)
	for _, f := range w.found {
		fmt.Fprintf(&text, "%d,%s,%s\n", f.step, decimal(f.precision), decimal(f.best))
	}
	err := w.out.write(evalCSV, text.Bytes())
	for _, writer := range w.writers {
		err = errors.Join(err, writer.Scalar(step, "Precision", f.precision), writer.Scalar(step, "Best Precision", f.best))
	}
	w.Told(step, m, f.best)
	return err
}
