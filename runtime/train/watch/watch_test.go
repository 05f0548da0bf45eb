package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
	"github.com/resnetgen/resnetgen/runtime/train/state"
)

// trained returns the folder of a run with three checkpoints.
func trained(t *testing.T) string {
	t.Helper()
	f := runs.Folder(filepath.Join(t.TempDir(), "run"))
	if err := f.Begin(runs.Settings{Network: "fake"}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []int{28, 35, 42} {
		if err := state.Save(f.Checkpoint(step), fakenet.New(network.Options{}), step, nil); err != nil {
			t.Fatal(err)
		}
	}
	return string(f)
}

// block puts a folder in the way of a file, so that it cannot be written, until the returned
// function is called.
func block(t *testing.T, path string) (clear func()) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(path, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(path); err != nil {
			t.Error(err)
		}
	}
}

func present(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// TestWatchStopped holds that an evaluator that is told to end within an evaluation ends, and takes
// that for nothing: neither for a checkpoint that is wrong nor for one that was evaluated. It
// removes what a killed one has left.
func TestWatchStopped(t *testing.T) {
	out := trained(t)
	left := filepath.Join(out, "eval", ".eval.csv123")
	if err := errors.Join(os.Mkdir(filepath.Dir(left), 0o755), os.WriteFile(left, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Follow(ctx, Options{
		Run: runs.Folder(out), Test: fakenet.Images(12, 2), Interval: time.Hour,
		Evaluate: func(string) (network.Metrics, error) {
			cancel()
			return network.Metrics{}, ctx.Err()
		},
		OnEvaluation: func(int, network.Metrics, float64) { t.Error("got an evaluation, want none") },
		Log:          func(format string, args ...any) { t.Errorf(format, args...) },
	})
	if err != nil || present(filepath.Join(out, "eval", "eval.csv")) {
		t.Errorf("got error %v, want an end without findings", err)
	}
	if present(left) {
		t.Error("got a temporary file left, want it removed")
	}
}

// TestWatchTrouble holds that findings that cannot be written are told once, tried again, and a
// failure only if they stay so.
func TestWatchTrouble(t *testing.T) {
	for _, stays := range []bool{false, true} {
		out := trained(t)
		clear := block(t, filepath.Join(out, "eval", settingsFile))
		var told []int
		var notes []string
		err := Follow(t.Context(), Options{
			Run: runs.Folder(out), Test: fakenet.Images(12, 2), Once: true,
			Evaluate: func(string) (network.Metrics, error) { return network.Metrics{Images: 4, Correct: 3}, nil },
			OnEvaluation: func(step int, _ network.Metrics, _ float64) {
				if told = append(told, step); step == 42 && !stays {
					clear()
				}
			},
			Log: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) },
		})
		if len(notes) != 1 || !strings.Contains(notes[0], "trying again later") {
			t.Errorf("got notes %q, want one of the trouble", notes)
		}
		if stays {
			var f *runs.Failure
			if !errors.As(err, &f) || !strings.Contains(err.Error(), settingsFile) {
				t.Errorf("got error %v, want a failure that names the file", err)
			}
			continue
		}
		found, readErr := runs.Folder(filepath.Join(out, "eval")).Rows(runs.EvalCSV, header)
		if err != nil || readErr != nil || len(found) != len(told) {
			t.Errorf("got %v (%v, %v), want the findings at %v", found, err, readErr, told)
		}
	}
}

// losing is a part that records no numbers: it cannot begin, or cannot write.
type losing struct{ begins bool }

func (losing) Scalar(int, string, float64) error { return errors.New("the disk is full") }
func (losing) Close() error                      { return errors.New("the disk is full") }

func (l losing) Scalars(string, int) (ScalarWriter, error) {
	if !l.begins {
		return nil, errors.New("the disk is full")
	}
	return l, nil
}

// TestWatchLosesRecords holds that an evaluator goes on when a part cannot record, and says so
// once.
func TestWatchLosesRecords(t *testing.T) {
	out := trained(t)
	for _, begins := range []bool{false, true} {
		if err := os.RemoveAll(filepath.Join(out, "eval")); err != nil {
			t.Fatal(err)
		}
		var notes []string
		err := Follow(t.Context(), Options{
			Run: runs.Folder(out), Test: fakenet.Images(12, 2), Once: true, Scalars: []ScalarRecorder{losing{begins}},
			Evaluate:     func(string) (network.Metrics, error) { return network.Metrics{Images: 4, Correct: 3}, nil },
			OnEvaluation: func(int, network.Metrics, float64) {},
			Log:          func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) },
		})
		found, readErr := runs.Folder(filepath.Join(out, "eval")).Rows(runs.EvalCSV, header)
		if err != nil || readErr != nil || len(found) < 3 {
			t.Errorf("begins %t: got %v (%v, %v), want all findings", begins, found, err, readErr)
		}
		if len(notes) != 1 || !strings.Contains(notes[0], "the disk is full") {
			t.Errorf("begins %t: got notes %q, want one of what is lost", begins, notes)
		}
	}
}
