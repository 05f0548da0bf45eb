package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// Curves are what a run has recorded, by columns.
type Curves struct {
	Train struct {
		Steps           []int     `json:"steps"`
		Cost            []float64 `json:"cost"`
		LearningRate    []float64 `json:"learning_rate"`
		Precision       []float64 `json:"precision"`
		ImagesPerSecond []float64 `json:"images_per_second"` // 0: not known
	} `json:"train"`
	Test struct {
		Steps     []int     `json:"steps"`
		Epochs    []int     `json:"epochs"`
		Precision []float64 `json:"precision"`
		Best      []float64 `json:"best"`
		Loss      []float64 `json:"loss"`
	} `json:"test"` // the part that is evaluated: test or validation
	Final *Final `json:"final"` // nil: Test is of the test part, or the run has not ended
}

// Final is the test part's precision at the end of a run that was evaluated on a validation part until then.
type Final struct {
	Step      int     `json:"step"` // of the checkpoint that was tested: the best
	Precision float64 `json:"precision"`
}

// columns turns the history around.
func (h *history) columns() *Curves {
	c := &Curves{}
	speeds := map[int]float64{}
	for _, s := range h.speeds {
		speeds[s.step] = s.imagesPerSecond
	}
	for _, s := range h.summaries {
		t := &c.Train
		t.Steps = append(t.Steps, s.step)
		t.Cost = append(t.Cost, s.cost)
		t.LearningRate = append(t.LearningRate, s.learningRate)
		t.Precision = append(t.Precision, s.precision)
		t.ImagesPerSecond = append(t.ImagesPerSecond, speeds[s.step])
	}
	for _, e := range h.evaluations {
		t := &c.Test
		t.Steps = append(t.Steps, e.step)
		t.Epochs = append(t.Epochs, e.epoch)
		t.Precision = append(t.Precision, e.precision)
		t.Best = append(t.Best, e.best)
		t.Loss = append(t.Loss, e.loss)
	}
	if h.final != nil {
		c.Final = &h.final.Final
	}
	return c
}

// Curves reads what the folder's run has recorded.
func (f Folder) Curves() (*Curves, error) {
	h, damage := f.history()
	if err := cmp.Or(damage[trainCSV], damage[evalCSV], damage[speedCSV]); err != nil {
		return nil, err
	}
	return h.columns(), nil
}

// Runs lists the folders of runs in a folder, sorted by name: itself, if it is one.
func Runs(dir string) ([]Folder, error) {
	if exists(Folder(dir).path(runJSON)) {
		return []Folder{Folder(dir)}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	var runs []Folder
	for _, e := range entries {
		if f := Folder(filepath.Join(dir, e.Name())); exists(f.path(runJSON)) {
			runs = append(runs, f)
		}
	}
	return runs, nil
}

// Settings returns what a run depends on, as flat names and values ("learning_rate.peak" is "0.1"), and of the flags
// that it was last started with how long it is and its threads.
func (f Folder) Settings() (map[string]string, error) {
	settings, flags := map[string]string{}, map[string]string{}
	if err := f.flattened(runJSON, settings); err != nil {
		return nil, err
	}
	if settings["network"] == "" {
		return nil, fmt.Errorf("read %s: got settings without a network, want a run's", f.path(runJSON))
	}
	if err := f.flattened(FlagsJSON, flags); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, name := range []string{"epochs", "steps", "threads"} {
		if value, ok := flags[name]; ok {
			settings[name] = value
		}
	}
	return settings, nil
}

// flattened reads a file of settings.
func (f Folder) flattened(name string, to map[string]string) error {
	text, err := inputfile.Read(f.path(name), maxSettings)
	if err != nil {
		return fmt.Errorf("read run: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return fmt.Errorf("read %s: %w", f.path(name), err)
	}
	flatten(to, "", values, 0)
	return nil
}

// FlagsJSON is the file of the flags that a run was last started with.
const FlagsJSON = "flags.json"

// deepest is how deep settings lie in each other at most; what lies deeper is one value, as JSON.
const deepest = 8

func flatten(to map[string]string, prefix string, values map[string]any, depth int) {
	for name, v := range values {
		group, isGroup := v.(map[string]any)
		if isGroup && depth < deepest {
			flatten(to, prefix+name+".", group, depth+1)
			continue
		}
		switch v := v.(type) {
		case string:
			to[prefix+name] = v
		case float64:
			to[prefix+name] = strconv.FormatFloat(v, 'g', -1, 64)
		default:
			text, _ := json.Marshal(v) // it was read from JSON
			to[prefix+name] = string(text)
		}
	}
}
