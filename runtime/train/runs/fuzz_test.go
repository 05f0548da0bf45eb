package runs

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/checkpoint"
	"github.com/resnetgen/resnetgen/runtime/train/input"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// recordBound is what a run's records may take for each of their bytes: a row of the tables has two
// for each number of eight.
var recordBound = fuzzbound.Bound{Memory: 1 << 20, MemoryPerByte: 256, Time: fuzzbound.Default.Time, TimePerByte: fuzzbound.Default.TimePerByte}

// FuzzTables holds that no tables of a run make a panic, or rows that are not there.
func FuzzTables(f *testing.F) {
	f.Add(trainHeader+"10,2.5,0.1,0.125\n20,1.5,0.1,0.5\n", evalHeader+"20,1,0.5,0.5,1.25,1.5\n", speedHeader+"10,512.5\n20,inf\n")
	f.Add(trainHeader, "", "step\n1\n")
	f.Add("", evalHeader+"1e300,-1,1,1,NaN,0\n", speedHeader+"\"1\n\",2\n")
	f.Add(trainHeader+strings.Repeat("1,1,1,1\n", 1000), evalHeader+strings.Repeat(",", 1000), speedHeader+strings.Repeat("\"", 1001))
	f.Fuzz(func(t *testing.T, train, eval, speed string) {
		dir := Folder(t.TempDir())
		for name, content := range map[string]string{TrainCSV: train, EvalCSV: eval, SpeedCSV: speed} {
			if err := os.WriteFile(dir.Path(name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		recordBound.Check(t, len(train)+len(eval)+len(speed), func() {
			if h, damage := dir.History(); damage[TrainCSV] == nil && len(train) > 0 && len(h.Summaries) > strings.Count(train, "\n") {
				t.Errorf("got %d rows of %d lines", len(h.Summaries), strings.Count(train, "\n"))
			}
			_, _ = dir.Curves()
			_, _ = dir.Best()
		})
	})
}

// FuzzSettings holds that no settings and flags make a panic, and that what
// is read can be compared.
func FuzzSettings(f *testing.F) {
	id, err := json.Marshal(Settings{Network: "tiny", Batch: 5})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(id), `{"epochs":3,"threads":2}`)
	f.Add(`{"network":"a","learning_rate":{"peak":1e400}}`, `null`)
	f.Add(strings.Repeat(`{"a":`, 1000), strings.Repeat(`[`, 20000))
	deep := strings.Repeat(`{"network":`, 3000) + "1" + strings.Repeat("}", 3000)
	f.Add(deep, deep)
	f.Add(`{"network":"a","b":[`+strings.Repeat("{},", 100)+`{}]}`, `{"a":{"a":{"a":[]}}}`)
	f.Fuzz(func(t *testing.T, run, flags string) {
		dir := Folder(t.TempDir())
		for name, content := range map[string]string{SettingsFile: run, FlagsJSON: flags} {
			if err := os.WriteFile(dir.Path(name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		recordBound.Check(t, len(run)+len(flags), func() {
			if was, err := dir.Settings(); err == nil {
				_ = Differences(Settings{}, was)
			}
			if _, err := List(string(dir)); err != nil {
				t.Error(err)
			}
			_, _ = dir.FlatSettings()
		})
	})
}

// FuzzHeader holds that no metadata of a checkpoint make a panic.
func FuzzHeader(f *testing.F) {
	f.Add(`{"network":"tiny"}`, `{"epoch":1}`, `["a","b"]`, `{"relu_leakiness":0.1}`, int64(7))
	f.Add(strings.Repeat(`[`, 20000), `null`, `[1]`, `[]`, int64(-1))
	f.Fuzz(func(t *testing.T, id, position, labels, function string, step int64) {
		file := &checkpoint.File{Metadata: map[string]string{
			SettingsKey: id, settingsHashKey: fmt.Sprintf("%x", sha256.Sum256([]byte(id))), inputKey: position,
			checkpoint.LabelsKey: labels, checkpoint.ArchitectureKey: "a1", checkpoint.FunctionKey: function,
		}, Tensors: []checkpoint.Tensor{{Name: state.StepName, Shape: []int{}, Int64: []int64{step}}}}
		recordBound.Check(t, len(id)+len(position)+len(labels)+len(function), func() {
			_, _ = SettingsOf(file)
			_ = CheckPosition(file, input.PositionAfter(0, 1))
			if names, err := checkpoint.Labels(file, 3); err == nil && len(names) > 3 {
				t.Errorf("got %d names, want at most 3", len(names))
			}
			_ = (&checkpoint.Function{Architecture: "a1"}).Check(file)
			if n, err := state.Step(file); err == nil && int64(n) != step {
				t.Errorf("got step %d, want %d", n, step)
			}
		})
	})
}

// FuzzLog holds that no log of a run makes a panic, and that an end is one of those that there are.
func FuzzLog(f *testing.F) {
	f.Add(`{"msg":"start"}` + "\n" + `{"msg":"failed","step":7,"error":"got NaN"}` + "\n")
	f.Add(strings.Repeat("\n", 1000) + `{"msg":"done","step":-1e9}`)
	f.Add(strings.Repeat(`{"msg":`, 5000) + "\x00")
	f.Fuzz(func(t *testing.T, log string) {
		dir := Folder(t.TempDir())
		if err := os.WriteFile(dir.Path(LogFile), []byte(log), 0o600); err != nil {
			t.Fatal(err)
		}
		recordBound.Check(t, len(log), func() {
			end, err := dir.Outcome()
			if err == nil && !slices.Contains([]string{"", "done", "stopped", "failed"}, end.Event) {
				t.Errorf("got the end %q", end.Event)
			}
		})
	})
}
