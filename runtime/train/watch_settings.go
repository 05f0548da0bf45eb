package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// watchSettings are what an evaluator's findings depend on, besides the checkpoints.
type watchSettings struct {
	DataHash string       `json:"test_sha256"`
	Images   int          `json:"test_images"`
	Views    recipe.Views `json:"eval"`
	Raw      bool         `json:"raw"`
}

// watchJSON is their file, beside the findings.
const watchJSON = "eval.json"

// compare refuses to add to findings that were made otherwise. One of an older version did not say how.
func (w *watcher) compare() error {
	path := w.out.path(watchJSON)
	text, err := inputfile.Read(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		w.Log("%s does not say how what is in it was evaluated: it is taken to be as now", w.out)
		return nil
	}
	var was watchSettings
	if err == nil {
		err = json.Unmarshal(text, &was)
	}
	if err != nil {
		return fmt.Errorf("--watch: read %s: %w (remove %s to begin anew)", path, err, w.out)
	}
	if wrong := differences(w.settings, was); len(wrong) > 0 {
		return fmt.Errorf("--watch: what is in %s was evaluated otherwise (--checkpoint evaluates one checkpoint as you like; remove the folder to begin anew):\n  %s",
			w.out, strings.Join(wrong, "\n  "))
	}
	return nil
}
