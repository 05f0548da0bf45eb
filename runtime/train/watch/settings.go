package watch

import (
	"encoding/json"
	"errors"
	"io/fs"

	"github.com/resnetgen/resnetgen/runtime/train/recipe"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// settings are what an evaluator's findings depend on, besides the checkpoints.
type settings struct {
	DataHash string       `json:"test_sha256"`
	Images   int          `json:"test_images"`
	Views    recipe.Views `json:"eval"`
	Raw      bool         `json:"raw"`
}

// settingsFile is their file, beside the findings.
const settingsFile = "eval.json"

// compare refuses to add to findings that were made otherwise. One of an older version did not say
// how.
func (w *watcher) compare() error {
	path := w.out.Path(settingsFile)
	text, err := w.out.Read(settingsFile)
	if errors.Is(err, fs.ErrNotExist) {
		w.Log("%s does not record how its results were evaluated: assuming the current settings", w.out)
		return nil
	}
	var was settings
	if err == nil {
		err = json.Unmarshal(text, &was)
	}
	if err != nil {
		return &UnreadableError{w.out, path, err}
	}
	if wrong := runs.Differences(w.settings, was); len(wrong) > 0 {
		return &SettingsMismatchError{w.out, wrong}
	}
	return nil
}
