package cli

import (
	"errors"
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/classify"
	"github.com/resnetgen/resnetgen/runtime/engine"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// loadModel loads a checkpoint into the network that only predicts: a file, or a run's folder,
// whose best it takes. Where the checkpoint has moving averages of the variables, these count.
func (a *app) loadModel(path string) (*classify.LoadedModel, error) {
	f, file, err := runs.OpenWithLog(path, a.note)
	if err != nil {
		return nil, err
	}
	step, err := state.Step(f)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", file, err)
	}
	model, err := a.classifier(f)
	if err != nil {
		err = fmt.Errorf("checkpoint %s: %w", file, err)
		if errors.Is(err, engine.ErrDiverged) {
			err = failure{err}
		}
		return nil, err
	}
	labels, err := a.labels(f)
	if err != nil {
		model.Close()
		return nil, fmt.Errorf("checkpoint %s: %w", file, err)
	}
	return &classify.LoadedModel{Model: model, File: file, Step: step, Classes: classify.Names(labels, a.Info.Classes)}, nil
}

// labels returns the names of a checkpoint's classes: those of the data that it was trained on, or
// if it does not say them the spec's. There may be fewer than classes.
func (a *app) labels(f *checkpoint.File) ([]string, error) {
	labels, err := checkpoint.Labels(f, a.Info.Classes)
	if len(labels) == 0 {
		labels = a.Recipe.Labels
	}
	return labels, err
}
