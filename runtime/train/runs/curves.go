package runs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// Curves are what a run has recorded, by columns.
type Curves struct {
	Train struct {
		Steps           []int     `json:"steps"`
		Loss            []float64 `json:"loss"`
		LearningRate    []float64 `json:"learning_rate"`
		Accuracy        []float64 `json:"accuracy"`
		ImagesPerSecond []float64 `json:"images_per_second"` // 0: not known
	} `json:"train"`
	Test struct {
		Steps    []int     `json:"steps"`
		Epochs   []int     `json:"epochs"`
		Accuracy []float64 `json:"accuracy"`
		Best     []float64 `json:"best"`
		Loss     []float64 `json:"loss"`
	} `json:"test"` // the part that is evaluated: test or validation
	Final *Final `json:"final"` // nil: Test is of the test part, or the run has not ended
}

// Final is the test part's accuracy at the end of a run that was evaluated on a validation part
// until then.
type Final struct {
	Step     int     `json:"step"` // of the checkpoint that was tested: the best
	Accuracy float64 `json:"accuracy"`
}

// Columns turns the history around.
func (h *History) Columns() *Curves {
	c := &Curves{}
	speeds := map[int]float64{}
	for _, s := range h.Speeds {
		speeds[s.Step] = s.ImagesPerSecond
	}
	for _, s := range h.Summaries {
		t := &c.Train
		t.Steps = append(t.Steps, s.Step)
		t.Loss = append(t.Loss, s.Loss)
		t.LearningRate = append(t.LearningRate, s.LearningRate)
		t.Accuracy = append(t.Accuracy, s.Accuracy)
		t.ImagesPerSecond = append(t.ImagesPerSecond, speeds[s.Step])
	}
	for _, e := range h.Evaluations {
		t := &c.Test
		t.Steps = append(t.Steps, e.Step)
		t.Epochs = append(t.Epochs, e.Epoch)
		t.Accuracy = append(t.Accuracy, e.Accuracy)
		t.Best = append(t.Best, e.Best)
		t.Loss = append(t.Loss, e.Loss)
	}
	if h.Final != nil {
		c.Final = &h.Final.Final
	}
	return c
}

// Curves reads what the folder's run has recorded.
func (f Folder) Curves() (*Curves, error) {
	h, damage := f.History()
	if err := cmp.Or(damage[TrainCSV], damage[EvalCSV], damage[SpeedCSV]); err != nil {
		return nil, err
	}
	return h.Columns(), nil
}

// List lists the folders of runs in a folder, sorted by name: itself, if it is one.
func List(dir string) ([]Folder, error) {
	if exists(Folder(dir).Path(SettingsFile)) {
		return []Folder{Folder(dir)}, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	var runs []Folder
	for _, e := range entries {
		if f := Folder(filepath.Join(dir, e.Name())); exists(f.Path(SettingsFile)) {
			runs = append(runs, f)
		}
	}
	return runs, nil
}

// FlatSettings returns what a run depends on, as flat names and values ("learning_rate.peak" is
// "0.1"), and of the flags that it was last started with how long it is and its threads.
func (f Folder) FlatSettings() (map[string]string, error) {
	settings, err := f.flattened(SettingsFile)
	if err != nil {
		return nil, err
	}
	if settings["network"] == "" {
		return nil, fmt.Errorf("read %s: got settings without a network, want a run's", f.Path(SettingsFile))
	}
	flags, err := f.Flags()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, name := range []string{"epochs", "steps", "threads"} {
		if value, ok := flags[name]; ok {
			settings[name] = value
		}
	}
	return settings, nil
}

// Flags returns the flags that the run was last started with.
func (f Folder) Flags() (map[string]string, error) { return f.flattened(FlagsJSON) }

// flattened reads a file of settings.
func (f Folder) flattened(name string) (map[string]string, error) {
	text, err := f.Read(name)
	if err != nil {
		return nil, fmt.Errorf("read run: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Path(name), err)
	}
	flat := map[string]string{}
	flatten(flat, "", values, 0)
	return flat, nil
}

// FlagsJSON is the file of the flags that a run was last started with.
const FlagsJSON = "flags.json"

// MachineFile is the file of the machine that a run was last started on.
const MachineFile = "machine.json"

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
