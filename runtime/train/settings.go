package train

import (
	"fmt"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/partition"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// settings returns what the run depends on.
func (r *runner) settings() runs.Settings {
	i := r.Info
	training, all := partition.Fingerprints(r.images.Whole, r.images.ValidationPart, r.images.Test)
	r.trainingHash = training
	id := runs.Settings{
		Network: i.Name, Architecture: i.Architecture(), Spec: i.SpecHash,
		Batch: i.Batch, Optimizer: i.Optimizer, Momentum: i.Momentum, WeightDecay: i.WeightDecay,
		Seed: r.Seed, Data: r.images.Train.Name, DataHash: all, Images: r.images.Whole.Len(),
		Validation: r.images.Validation, Init: r.Init, Augment: r.Recipe.Augment, Schedule: r.Recipe.Schedule,
		EMA: r.Recipe.EMA, Views: r.Recipe.Views,
	}
	if r.images.Algorithm != partition.Legacy { // whose runs go on with the settings that they recorded
		id.Partition, id.SplitSeed, id.Decoder = r.images.Algorithm, r.SplitSeed, r.images.Whole.Decoder()
	}
	return id
}

// header is the metadata of a checkpoint of this step.
func (r *runner) header() (map[string]string, error) {
	header := runs.Header{
		Settings: r.folder.Settings, Position: input.PositionAfter(r.step, r.perEpoch), TrainingHash: r.trainingHash, HeldOut: r.images.HeldOut,
	}
	if last := r.folder.History.LastEvaluation(); last != nil && last.Step == r.step {
		header.Evaluation = last
	}
	metadata, err := state.Header(r.Info)
	if err == nil {
		err = checkpoint.WriteLabels(metadata, r.images.Train.ClassNames)
	}
	if err == nil {
		err = header.WriteMetadata(metadata)
	}
	if err != nil {
		return nil, fmt.Errorf("write checkpoint: %w", err)
	}
	return metadata, nil
}
