// Package tensorboard is a trainer's part that writes TensorBoard's event files, with the tags of TensorFlow's official
// model: cost, learning_rate and Precision of the training batches in RUN/train, Precision and Best Precision of
// the test set in RUN/test (an evaluator that watches the run has RUN/eval); besides, histograms of all variables after each epoch, and the first training images.
//
// A run that goes on after a stop begins a new event file, which starts with a SessionLog of status START at its first
// step. TensorBoard then purges what older files hold from that step on: what a killed run had written after its
// last checkpoint is not shown twice.
package tensorboard

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/resnetgen/resnetgen/runtime/nn"
	"github.com/resnetgen/resnetgen/runtime/train"
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
func Part() train.ScalarPart { return &part{} }

type part struct{ on bool }

func (p *part) Flags(f *pflag.FlagSet) {
	f.BoolVar(&p.on, "tensorboard", true, "write event files for TensorBoard into the run's folder, train and test")
}

func (p *part) Observer() (train.Observer, error) {
	if !p.on {
		return nil, nil //nolint:nilnil // nobody observes
	}
	return &observer{}, nil
}

// Scalars begins an event file in a folder.
func (p *part) Scalars(folder string, done int) (train.ScalarWriter, error) {
	return NewWriter(folder, done)
}

// observer writes what it sees. The first error ends the writing, not the training.
type observer struct {
	view        *train.View
	train, test *Writer
	best        float64
	err         error
}

func (o *observer) Watch(v *train.View) error {
	o.view = v
	if best := v.Before.Test.Best; len(best) > 0 {
		o.best = best[len(best)-1]
	}
	var err error
	if o.train, err = NewWriter(filepath.Join(string(v.Out), trainFolder), v.Done); err != nil {
		return err
	}
	o.test, err = NewWriter(filepath.Join(string(v.Out), testFolder), v.Done)
	return err
}

func (o *observer) Start(done, _, _ int) {
	if done > 0 {
		return // they are there
	}
	for i := range min(imagesShown, o.view.Train.Len()) {
		o.try(o.train.Image(0, fmt.Sprintf("images/image/%d", i), o.view.Train, i))
	}
}

func (o *observer) Step(step int, m nn.Metrics, rate float64, _ time.Duration) {
	if o.err != nil || !o.view.Summarizes(step) {
		return
	}
	o.try(errors.Join(
		o.train.Scalar(step, tagCost, m.Loss),
		o.train.Scalar(step, tagLearningRate, rate),
		o.train.Scalar(step, tagPrecision, m.Precision()),
	))
}

func (o *observer) Tested(int, *train.Test) {}

func (o *observer) Evaluated(step, _ int, m nn.Metrics, _ bool) {
	if o.err != nil {
		return
	}
	o.best = max(o.best, m.Precision())
	o.try(errors.Join(o.test.Scalar(step, tagPrecision, m.Precision()), o.test.Scalar(step, tagBestPrecision, o.best)))
	for _, v := range o.view.Net.Variables() {
		if o.err == nil {
			o.try(o.train.Histogram(step, v.Name, v.Value))
		}
	}
}

func (o *observer) Stop() {
	o.try(errors.Join(o.train.Close(), o.test.Close()))
}

// try says once what went wrong.
func (o *observer) try(err error) {
	if err == nil || o.err != nil {
		return
	}
	o.err = err
	o.view.Log("no more is written for TensorBoard: %v", err)
}
