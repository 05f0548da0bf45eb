package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/budget"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// finished sends the state of a run that is over: the one that the request names, or the one that
// has recorded last. No change follows.
func (s *server) finished(w http.ResponseWriter, r *http.Request) {
	leave, err := s.read(r)
	if err != nil {
		s.busy(w, r)
		return
	}
	defer leave()
	name := r.URL.Query().Get("run")
	whole := state{Status: "finished", Run: runInfo{EvalPart: "test"}, Curves: &runs.Curves{}, Ending: &runs.Outcome{}}
	run, ok := s.asked(name)
	if !ok {
		whole.Problem = fmt.Sprintf("got no run %.100q, want one that is listed", name)
		answerEvent(w, &whole)
		return
	}
	whole.Run.Name = filepath.Base(string(run))
	claim, err := s.memory.Claim(r.Context(), budget.Work, recordsMemory(run))
	var large *budget.TooLargeError
	switch {
	case errors.As(err, &large):
		whole.Problem = tooLarge(large)
	case err != nil:
		s.busy(w, r)
		return
	default:
		defer claim.Release()
		whole.recall(run)
	}
	if s.info != nil && whole.Run.Network == s.info.Name {
		whole.Run.Parameters = s.info.Parameters
	}
	answerEvent(w, &whole)
}

func answerEvent(w http.ResponseWriter, s *state) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = w.Write(encode(0, "state", s)) // a page that has gone needs no answer
}

// asked returns the run of a name. Without a name it is the one that has recorded last.
func (s *server) asked(name string) (run runs.Folder, ok bool) {
	if name != "" {
		return s.named(name)
	}
	var newest time.Time
	for _, f := range s.others() {
		if at := recorded(f); !ok || at.After(newest) {
			run, newest, ok = f, at, true
		}
	}
	return run, ok
}

// recorded is when a run has recorded a training step last, or else was begun.
func recorded(f runs.Folder) (at time.Time) {
	for _, name := range []string{runs.SettingsFile, runs.TrainCSV} {
		if info, err := os.Stat(f.Path(name)); err == nil {
			at = info.ModTime()
		}
	}
	return at
}

// recall reads what a run has recorded, as far as it can be read.
func (s *state) recall(run runs.Folder) {
	history, damage := run.History()
	s.Curves = history.Columns()
	thin(s.Curves)
	var settings runs.Settings
	var machine struct {
		CPU     string `json:"cpu"`
		Threads int    `json:"threads"`
	}
	end, logErr := run.Outcome()
	s.Ending = &end
	problems := []error{read(run, runs.SettingsFile, &settings), absentIsRight(read(run, runs.MachineFile, &machine)), absentIsRight(logErr)}
	for _, name := range []string{runs.TrainCSV, runs.EvalCSV, runs.SpeedCSV, runs.TestCSV} {
		problems = append(problems, damage[name])
	}
	if err := errors.Join(problems...); err != nil {
		s.Problem = err.Error()
	}
	s.Run.Network, s.Run.Data, s.Run.Batch = settings.Network, settings.Data, settings.Batch
	s.Run.CPU, s.Run.Threads = machine.CPU, machine.Threads
	if settings.Validation > 0 {
		s.Run.EvalPart = "validation"
	}
	if settings.Batch > 0 {
		s.Progress.PerEpoch = max(settings.Images/settings.Batch, 1)
	}
	s.Progress.Step = lastStep(s.Curves, &end)
	s.Progress.Total = max(end.Total, s.Progress.Step)
}

// lastStep is the last step that a run is known to have done.
func lastStep(c *runs.Curves, end *runs.Outcome) int {
	last := max(end.Step, 0)
	for _, steps := range [][]int{c.Train.Steps, c.Test.Steps} {
		if n := len(steps); n > 0 {
			last = max(last, steps[n-1])
		}
	}
	return last
}

// read reads a file of settings.
func read(run runs.Folder, name string, into any) error {
	text, err := run.Read(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", run.Path(name), err)
	}
	return nil
}

// absentIsRight drops the error that there is no such file: older runs and imported ones lack it.
func absentIsRight(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
