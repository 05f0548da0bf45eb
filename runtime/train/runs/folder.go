// Package runs manages a run's folder: its lock, its settings, its records, which checkpoints stay,
// and damaged files.
package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/resnetgen/resnetgen/internal/inputfile"
	"github.com/resnetgen/resnetgen/runtime/internal/durable"
)

// Folder is a run's: checkpoints/step-N.safetensors, run.json, tables (train.csv, eval.csv) and
// pictures (curves.svg, confusion-dark.png).
type Folder string

// Path returns the path of a file in the folder.
func (f Folder) Path(name string) string { return filepath.Join(string(f), name) }

// Checkpoint returns the path of a step's checkpoint.
func (f Folder) Checkpoint(step int) string { return f.Path(checkpointName(step)) }

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

// RemoveTemporary removes the temporary files that killed trainers have left.
func (f Folder) RemoveTemporary() error {
	isCheckpoint := func(name string) bool { _, ok := stepOf(name); return ok }
	isRecord := func(name string) bool {
		return slices.Contains([]string{".json", ".yaml", ".csv", ".svg", ".png"}, filepath.Ext(name))
	}
	if err := errors.Join(durable.RemoveTemporary(f.Path("checkpoints"), isCheckpoint), durable.RemoveTemporary(string(f), isRecord)); err != nil {
		return fmt.Errorf("%s: remove temporary files: %w", f, err)
	}
	return nil
}

// Steps lists the steps that have checkpoints, ascending.
func (f Folder) Steps() ([]int, error) {
	entries, err := os.ReadDir(f.Path("checkpoints"))
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

// HoldsRun says whether a run was begun in the folder.
func (f Folder) HoldsRun() bool { return exists(f.Path(SettingsFile)) }

// HasCheckpoint says whether a step has a checkpoint.
func (f Folder) HasCheckpoint(step int) bool { return exists(f.Checkpoint(step)) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Begin makes the folder of a new run, which must not hold one.
func (f Folder) Begin(id Settings) error {
	steps, err := f.Steps()
	if err != nil {
		return err
	}
	if len(steps) > 0 || exists(f.Path(SettingsFile)) {
		return &RunExistsError{f}
	}
	return f.Create(id)
}

// Create makes the folder, with what its run depends on.
func (f Folder) Create(id Settings) error {
	if err := durable.MakeFolder(f.Path("checkpoints")); err != nil {
		return fmt.Errorf("begin run: %w", err)
	}
	return f.WriteJSON(SettingsFile, id)
}

// SettingsFile is the file of a run's settings.
const SettingsFile = "run.json"

// The sizes of the largest files of a run that are read, but for checkpoints: settings, and tables
// of some million rows.
const (
	maxSettings = 1 << 24
	maxTable    = 1 << 28
)

// Read reads a file of settings.
func (f Folder) Read(name string) ([]byte, error) { return inputfile.Read(f.Path(name), maxSettings) }

// WriteJSON writes a value as JSON, as Write does.
func (f Folder) WriteJSON(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Path(name), err)
	}
	return f.Write(name, append(text, '\n'))
}

// Write writes a file whole or not at all.
func (f Folder) Write(name string, data []byte) error {
	if err := durable.WriteFile(f.Path(name), data); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

// Append adds a row to a file of records, if that is possible: they are written whole behind each
// checkpoint, and what fails is told then.
func (f Folder) Append(name, row string) {
	path := f.Path(name)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return // opening a pipe waits
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return
	}
	_, _ = file.WriteString(row)
	_ = file.Close()
}
