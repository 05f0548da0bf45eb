package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// Settings is what a run's results depend on, besides how long it is: its settings. They stand in
// run.json, and in the header of each checkpoint.
type Settings struct {
	Network      string          `json:"network"`
	Architecture string          `json:"architecture_sha256"`
	Batch        int             `json:"batch"`
	Optimizer    string          `json:"optimizer"`
	Momentum     float64         `json:"momentum"`
	WeightDecay  float64         `json:"weight_decay"`
	Spec         string          `json:"spec_sha256"`
	Seed         uint64          `json:"seed"`
	Data         string          `json:"data"`
	DataHash     string          `json:"data_sha256"`
	Images       int             `json:"training_images"`
	Validation   int             `json:"validation,omitempty"` // images that choose the best checkpoint, if the test part does not
	Partition    int             `json:"partition,omitempty"`  // how they are divided, see package partition
	SplitSeed    uint64          `json:"split_seed,omitempty"` // what chose the test part of a folder of CLASS/…
	Decoder      int             `json:"decoder,omitempty"`    // the version of what has decoded image files; 0: there are none
	Init         string          `json:"init,omitempty"`
	Augment      dataset.Augment `json:"augment"`
	Schedule     recipe.Schedule `json:"learning_rate"`
	EMA          float64         `json:"ema,omitempty"`
	Views        recipe.Views    `json:"eval,omitzero"`
}

// Settings reads what the folder's run depends on.
func (f Folder) Settings() (id Settings, err error) {
	text, err := f.Read(SettingsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return id, fmt.Errorf("resume: got no run in %s: %w", f, err)
	}
	if err != nil {
		return id, fmt.Errorf("resume: %w", err)
	}
	if err := json.Unmarshal(text, &id); err != nil {
		return id, fmt.Errorf("resume: %s: %w", f.Path(SettingsFile), err)
	}
	return id, nil
}

// LatestSettings returns what the folder's run depends on, by its newest checkpoint that can say
// it: that has a hash of it. Without any it is by run.json.
func (f Folder) LatestSettings() (Settings, error) {
	steps, _ := f.Steps() // what cannot be read has none
	for _, step := range slices.Backward(steps) {
		metadata, err := checkpoint.ReadMetadata(f.Checkpoint(step))
		if err != nil {
			continue
		}
		if id, err := SettingsOf(&checkpoint.File{Metadata: metadata}); err == nil {
			return id, nil
		}
	}
	return f.Settings()
}

// Differences lists, as [Difference], in which fields what is to go on is another than was begun:
// the settings of a run, or of an evaluator.
func Differences[T any](is, was T) (wrong []error) {
	got, want := reflect.ValueOf(is), reflect.ValueOf(was)
	for i := range got.NumField() {
		g, w := asJSON(got.Field(i)), asJSON(want.Field(i))
		if g != w {
			name, _, _ := strings.Cut(got.Type().Field(i).Tag.Get("json"), ",")
			wrong = append(wrong, Difference{name, g, w})
		}
	}
	return wrong
}

// asJSON is a field of settings as run.json has it.
func asJSON(v reflect.Value) string {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return err.Error()
	}
	return string(text)
}
