// Package tensorboard is a trainer's part that writes TensorBoard's event files, with the tags of
// TensorFlow's official model: cost, learning_rate and Precision of the training batches in
// RUN/train, Precision and Best Precision of the test set in RUN/test (an evaluator that watches
// the run has RUN/eval). A run with a validation part has those of it in RUN/validation, and in
// RUN/test the Precision at its end. Besides, histograms of all variables after each epoch, and the
// first training images.
//
// A run that goes on after a stop begins a new event file, which starts with a SessionLog of status
// START at its first step. TensorBoard then purges what older files hold from that step on: what a
// killed run had written after its last checkpoint is not shown twice.
package tensorboard

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/cli"
	"github.com/resnetgen/resnetgen/runtime/internal/output"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/eval"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/watch"
)

// The official tags.
const (
	tagCost          = "cost"
	tagLearningRate  = "learning_rate"
	tagPrecision     = "Precision"
	tagBestPrecision = "Best Precision"
)

// The folders of a run that event files lie in.
const (
	trainFolder = "train"
	testFolder  = "test"
)

// imagesShown is how many training images are written: tf.summary.image's number.
const imagesShown = 3

// Part returns the trainer's part.
func Part() cli.ScalarPart { return &part{} }

type part struct{ on bool }

func (p *part) Flags(f *pflag.FlagSet) {
	f.BoolVar(&p.on, "tensorboard", true, "write event files for TensorBoard into the run's folder: train, and validation or test")
}

func (p *part) Observer() (train.Observer, error) {
	if !p.on {
		return nil, nil //nolint:nilnil // nobody observes
	}
	return &observer{}, nil
}

// Scalars begins an event file in a folder.
func (p *part) Scalars(folder string, done int) (watch.ScalarWriter, error) {
	return NewWriter(folder, done)
}

// observer writes what it sees. After a failure it begins new files at the next evaluation.
type observer struct {
	view        *train.RunView
	outputs     *output.Outputs
	train, test *Writer // nil: they have failed
	best        float64
}

// Name is what messages call the observer.
func (o *observer) Name() string { return name }

const name = "TensorBoard"

func (o *observer) Watch(v *train.RunView) error {
	o.view, o.outputs = v, output.New(v.Log)
	if best := v.Before.Test.Best; len(best) > 0 {
		o.best = best[len(best)-1]
	}
	o.begin(v.Done)
	return nil
}

// begin begins files of the steps after done.
func (o *observer) begin(done int) {
	o.outputs.Try(name, func() (err error) {
		folder := func(name string) string { return filepath.Join(string(o.view.Out), name) }
		if o.train, err = NewWriter(folder(trainFolder), done); err != nil {
			return err
		}
		if o.test, err = NewWriter(folder(cmp.Or(o.view.EvalPart, testFolder)), done); err != nil {
			o.end()
		}
		return err
	})
}

// write writes something, or nothing if there are no files. Files that have failed are ended: they
// may end in half a record.
func (o *observer) write(write func() error) {
	if o.train == nil {
		return
	}
	if !o.outputs.Try(name, write) {
		o.end()
	}
}

// end ends the files.
func (o *observer) end() {
	for _, w := range []*Writer{o.train, o.test} {
		if w != nil {
			_ = w.Close() // it has failed already
		}
	}
	o.train, o.test = nil, nil
}

func (o *observer) Start(done, _, _ int) {
	if done > 0 {
		return // they are there
	}
	for i := range min(imagesShown, o.view.Train.Len()) {
		o.write(func() error { return o.train.Image(0, fmt.Sprintf("images/image/%d", i), o.view.Train, i) })
	}
}

func (o *observer) Step(step int, m network.Metrics, rate float64, _ time.Duration) {
	if !o.view.Summarizes(step) {
		return
	}
	o.write(func() error {
		return errors.Join(
			o.train.Scalar(step, tagCost, m.Loss),
			o.train.Scalar(step, tagLearningRate, rate),
			o.train.Scalar(step, tagPrecision, m.Accuracy()),
		)
	})
}

func (o *observer) Tested(int, *eval.Test) {}

// Final writes the test part's accuracy at the end of a run with a validation part.
func (o *observer) Final(f runs.Final) {
	o.write(func() error {
		w, err := NewWriter(filepath.Join(string(o.view.Out), testFolder), 0) // an earlier end's does not count
		if err != nil {
			return err
		}
		return errors.Join(w.Scalar(f.Step, tagPrecision, f.Accuracy), w.Close())
	})
}

func (o *observer) Evaluated(step, _ int, m network.Metrics, _ bool) {
	o.best = max(o.best, m.Accuracy())
	if o.train == nil {
		o.begin(step - 1)
	}
	o.write(func() error {
		return errors.Join(o.test.Scalar(step, tagPrecision, m.Accuracy()), o.test.Scalar(step, tagBestPrecision, o.best))
	})
	for _, v := range o.view.Net.Variables() {
		o.write(func() error { return o.train.Histogram(step, v.Name, v.Value) })
	}
}

func (o *observer) Stop() {
	o.write(func() error { return errors.Join(o.train.Close(), o.test.Close()) })
}
