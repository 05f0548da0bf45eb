package runs

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/input"
)

// The entries of a checkpoint's metadata that a run goes on by; the others are for people.
const (
	SettingsKey     = "settings"        // the run's Settings, as JSON
	settingsHashKey = "settings_sha256" // of the former
	inputKey        = "input"           // the state of the input pipeline, as JSON
	TrainingHashKey = "training_sha256" // of the training part: it may be met again without the others
	HeldOutKey      = "held_out"        // how many of its images are held out
)

// SettingsOf reads the settings of the run that a checkpoint is of.
func SettingsOf(f *checkpoint.File) (id Settings, err error) {
	text := f.Metadata[SettingsKey]
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); got != f.Metadata[settingsHashKey] {
		return id, fmt.Errorf("got settings with sha256 %.12s, want %.12s", got, f.Metadata[settingsHashKey])
	}
	if err := json.Unmarshal([]byte(text), &id); err != nil {
		return id, fmt.Errorf("got settings that cannot be decoded: %w", err)
	}
	return id, nil
}

// Header is what the metadata of a checkpoint say of its run.
type Header struct {
	Settings     Settings
	Position     input.Position
	TrainingHash string      // of the training part
	HeldOut      int         // how many of its images are held out
	Evaluation   *Evaluation // of the checkpoint's step; nil: there was none
}

// WriteMetadata adds the header to a checkpoint's metadata.
func (h *Header) WriteMetadata(metadata map[string]string) error {
	settings, err := json.Marshal(h.Settings)
	if err != nil {
		return err
	}
	position, err := json.Marshal(h.Position)
	if err != nil {
		return err
	}
	maps.Copy(metadata, map[string]string{
		"data": h.Settings.Data, "seed": fmt.Sprint(h.Settings.Seed), "data_sha256": h.Settings.DataHash,
		TrainingHashKey: h.TrainingHash, HeldOutKey: fmt.Sprint(h.HeldOut),
		SettingsKey: string(settings), settingsHashKey: fmt.Sprintf("%x", sha256.Sum256(settings)),
		inputKey: string(position),
	})
	if e := h.Evaluation; e != nil {
		text, err := json.Marshal(evaluationEntry{&e.Accuracy, e.Accuracy, e.CrossEntropy, e.Loss, e.Epoch})
		if err != nil {
			return err
		}
		metadata[evaluationKey] = string(text)
	}
	return nil
}

// CheckPosition refuses a checkpoint whose batches stood elsewhere than this run's do after its
// step.
func CheckPosition(f *checkpoint.File, want input.Position) error {
	var got input.Position
	if err := json.Unmarshal([]byte(f.Metadata[inputKey]), &got); err != nil {
		return fmt.Errorf("got an input position that cannot be decoded: %w", err)
	}
	if got != want {
		return fmt.Errorf("input: got %+v, want %+v", got, want)
	}
	return nil
}
