package train

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// The entries of a checkpoint's metadata that a run goes on by; the others are for people.
const (
	settingsKey     = "settings"        // the run's identity, as JSON
	settingsHashKey = "settings_sha256" // of the former
	inputKey        = "input"           // the state of the input pipeline, as JSON
	trainingHashKey = "training_sha256" // of the training part: it may be met again without the others
	heldOutKey      = "held_out"        // how many of its images are held out
)

// identity returns the run's settings.
func (r *runner) identity() identity {
	i := r.Info
	training, all := fingerprints(r.whole, r.ValidationPart, r.Test)
	r.trainingHash = training
	id := identity{
		Network: i.Name, Architecture: i.Architecture(), Spec: i.SpecHash,
		Batch: i.Batch, Optimizer: i.Optimizer, Momentum: i.Momentum, WeightDecay: i.WeightDecay,
		Seed: r.Seed, Data: r.Train.Name, DataHash: all, Images: r.whole.Len(),
		Validation: r.Validation, Init: r.Init, Augment: r.Recipe.Augment, Schedule: r.Recipe.Schedule,
		EMA: r.Recipe.EMA, Views: r.Recipe.Views,
	}
	if r.partitioning != firstPartition { // whose runs go on with the settings that they recorded
		id.Partition, id.SplitSeed, id.Decoder = r.partitioning, r.SplitSeed, r.whole.Decoder()
	}
	return id
}

// header is the metadata of a checkpoint of this step.
func (r *runner) header() (map[string]string, error) {
	settings, err := json.Marshal(r.id)
	if err != nil {
		return nil, fmt.Errorf("write checkpoint: %w", err)
	}
	position, err := json.Marshal(input.PositionAfter(r.step, r.perEpoch))
	if err != nil {
		return nil, fmt.Errorf("write checkpoint: %w", err)
	}
	metadata, err := state.Header(r.Info)
	if err != nil {
		return nil, fmt.Errorf("write checkpoint: %w", err)
	}
	if err := checkpoint.DescribeLabels(metadata, r.Train.ClassNames); err != nil {
		return nil, fmt.Errorf("write checkpoint: %w", err)
	}
	maps.Copy(metadata, map[string]string{
		"data": r.id.Data, "seed": fmt.Sprint(r.Seed), "data_sha256": r.id.DataHash, trainingHashKey: r.trainingHash, heldOutKey: fmt.Sprint(r.heldOut),
		settingsKey: string(settings), settingsHashKey: fmt.Sprintf("%x", sha256.Sum256(settings)),
		inputKey: string(position),
	})
	if n := len(r.history.evaluations); n > 0 && r.history.evaluations[n-1].step == r.step {
		e := &r.history.evaluations[n-1]
		text, err := json.Marshal(evaluationEntry{e.precision, e.xent, e.loss, e.epoch})
		if err != nil {
			return nil, fmt.Errorf("write checkpoint: %w", err)
		}
		metadata[evaluationKey] = string(text)
	}
	return metadata, nil
}

// settings reads the settings of the run that a checkpoint is of.
func settings(f *checkpoint.File) (id identity, err error) {
	text := f.Metadata[settingsKey]
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); got != f.Metadata[settingsHashKey] {
		return id, fmt.Errorf("got settings with sha256 %.12s, want %.12s", got, f.Metadata[settingsHashKey])
	}
	if err := json.Unmarshal([]byte(text), &id); err != nil {
		return id, fmt.Errorf("got settings that are none: %w", err)
	}
	return id, nil
}

// checkInput refuses a checkpoint whose input pipeline stood elsewhere than this run's does after its step.
func (r *runner) checkInput(f *checkpoint.File, step int) error {
	var got input.Position
	if err := json.Unmarshal([]byte(f.Metadata[inputKey]), &got); err != nil {
		return fmt.Errorf("got a state of the input that is none: %w", err)
	}
	if want := input.PositionAfter(step, r.perEpoch); got != want {
		return fmt.Errorf("input: got %+v, want %+v", got, want)
	}
	return nil
}
