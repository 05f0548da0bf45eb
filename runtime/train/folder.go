package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/dataset"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
	"github.com/resnetgen/resnetgen/runtime/train/recipe"
)

// Folder is a run's: checkpoints/step-N.safetensors, run.json, train.csv, eval.csv, curves.svg and curves.png.
type Folder string

// identity is what a run's results depend on, besides how long it is: its settings. They stand in run.json, and in
// the header of each checkpoint.
type identity struct {
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
	Partition    int             `json:"partition,omitempty"`  // how they are divided, see [stratifiedPartition]
	SplitSeed    uint64          `json:"split_seed,omitempty"` // what chose the test part of a folder of CLASS/…
	Decoder      int             `json:"decoder,omitempty"`    // the version of what has decoded image files; 0: there are none
	Init         string          `json:"init,omitempty"`
	Augment      dataset.Augment `json:"augment"`
	Schedule     recipe.Schedule `json:"learning_rate"`
	EMA          float64         `json:"ema,omitempty"`
	Views        recipe.Views    `json:"eval,omitzero"`
}

func (f Folder) path(name string) string { return filepath.Join(string(f), name) }

// Checkpoint returns the path of a step's checkpoint.
func (f Folder) Checkpoint(step int) string { return f.path(checkpointName(step)) }

func checkpointName(step int) string {
	return filepath.Join("checkpoints", fmt.Sprintf("step-%d.safetensors", step))
}

// stepOf reads a checkpoint's step off its file's name.
func stepOf(name string) (step int, ok bool) {
	name, begins := strings.CutPrefix(name, "step-")
	name, ends := strings.CutSuffix(name, ".safetensors")
	step, err := strconv.Atoi(name)
	return step, begins && ends && err == nil
}

// sweep removes the temporary files that killed trainers have left.
func (f Folder) sweep() error {
	isCheckpoint := func(name string) bool { _, ok := stepOf(name); return ok }
	isRecord := func(name string) bool {
		return slices.Contains([]string{".json", ".yaml", ".csv", ".svg", ".png"}, filepath.Ext(name))
	}
	if err := errors.Join(durable.Sweep(f.path("checkpoints"), isCheckpoint), durable.Sweep(string(f), isRecord)); err != nil {
		return fmt.Errorf("%s: remove temporary files: %w", f, err)
	}
	return nil
}

// Steps lists the steps that have checkpoints, ascending.
func (f Folder) Steps() ([]int, error) {
	entries, err := os.ReadDir(f.path("checkpoints"))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("read run: %w", err)
	}
	var steps []int
	for _, e := range entries {
		if step, ok := stepOf(e.Name()); ok {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// begin makes the folder of a new run, which must not hold one.
func (f Folder) begin(id identity) error {
	steps, err := f.Steps()
	if err != nil {
		return err
	}
	if len(steps) > 0 || exists(f.path(runJSON)) {
		return fmt.Errorf("run %s: got a folder that holds a run, want a new one, or --resume to go on with it", f)
	}
	return f.create(id)
}

// create makes the folder, with what its run depends on.
func (f Folder) create(id identity) error {
	if err := durable.MakeFolder(f.path("checkpoints")); err != nil {
		return fmt.Errorf("begin run: %w", err)
	}
	return f.writeJSON(runJSON, id)
}

// runJSON is the file of a run's identity.
const runJSON = "run.json"

// identity reads what the folder's run depends on.
func (f Folder) identity() (id identity, err error) {
	text, err := inputfile.Read(f.path(runJSON), maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return id, fmt.Errorf("resume: got no run in %s: %w", f, err)
	}
	if err != nil {
		return id, fmt.Errorf("resume: %w", err)
	}
	if err := json.Unmarshal(text, &id); err != nil {
		return id, fmt.Errorf("resume: %s: %w", f.path(runJSON), err)
	}
	return id, nil
}

// recorded returns what the folder's run depends on, by its newest checkpoint that can say it: that has a hash of it. Without any it is
// by run.json.
func (f Folder) recorded() (identity, error) {
	steps, _ := f.Steps() // what cannot be read has none
	for _, step := range slices.Backward(steps) {
		metadata, err := checkpoint.ReadMetadata(f.Checkpoint(step))
		if err != nil {
			continue
		}
		if id, err := settings(&checkpoint.File{Metadata: metadata}); err == nil {
			return id, nil
		}
	}
	return f.identity()
}

// differences lists in which fields what is to go on is another than was begun: a run, or an evaluator.
func differences[T identity | watchSettings](is, was T) (wrong []string) {
	got, want := reflect.ValueOf(is), reflect.ValueOf(was)
	for i := range got.NumField() {
		g, w := asJSON(got.Field(i)), asJSON(want.Field(i))
		if g != w {
			name, _, _ := strings.Cut(got.Type().Field(i).Tag.Get("json"), ",")
			wrong = append(wrong, fmt.Sprintf("%s: got %s, want %s", name, g, w))
		}
	}
	return wrong
}

// asJSON is a field of an identity as run.json has it.
func asJSON(v reflect.Value) string {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// The sizes of the largest files of a run that are read, but for checkpoints: settings, and tables of some million rows.
const (
	maxSettings = 1 << 24
	maxTable    = 1 << 28
)

// writeJSON writes a value as JSON, as write does.
func (f Folder) writeJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path(name), err)
	}
	return f.write(name, append(text, '\n'))
}

// write writes a file whole or not at all.
func (f Folder) write(name string, data []byte) error {
	if err := durable.WriteFile(f.path(name), data); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}
