package train

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
)

// TestWatchStopped holds that an evaluator that is told to end within an evaluation ends, and takes that for nothing: neither for a
// checkpoint that is wrong nor for one that was evaluated. It removes what a killed one has left.
func TestWatchStopped(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(out, &recorder{})); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(out, "eval", ".eval.csv123")
	if err := errors.Join(os.Mkdir(filepath.Dir(left), 0o755), os.WriteFile(left, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := Watch(ctx, WatchOptions{
		Run: Folder(out), Test: fakenet.Images(12, 2), Interval: time.Hour,
		Evaluate: func(string) (network.Metrics, error) {
			cancel()
			return network.Metrics{}, ctx.Err()
		},
		Told: func(int, network.Metrics, float64) { t.Error("got an evaluation, want none") },
		Log:  func(format string, args ...any) { t.Errorf(format, args...) },
	})
	if err != nil || exists(filepath.Join(out, "eval", "eval.csv")) {
		t.Errorf("got error %v, want an end without findings", err)
	}
	if exists(left) {
		t.Error("got a temporary file left, want it removed")
	}
}

// TestWatchTrouble holds that findings that cannot be written are told once, tried again, and a failure only if they stay so.
func TestWatchTrouble(t *testing.T) {
	for _, stays := range []bool{false, true} {
		out := filepath.Join(t.TempDir(), "run")
		if _, err := Run(t.Context(), options(out, &recorder{})); err != nil {
			t.Fatal(err)
		}
		clear := block(t, filepath.Join(out, "eval", watchJSON))
		var told []int
		var notes []string
		err := Watch(t.Context(), WatchOptions{
			Run: Folder(out), Test: fakenet.Images(12, 2), Once: true,
			Evaluate: func(string) (network.Metrics, error) { return network.Metrics{Images: 4, Correct: 3}, nil },
			Told: func(step int, _ network.Metrics, _ float64) {
				if told = append(told, step); step == 42 && !stays {
					clear()
				}
			},
			Log: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) },
		})
		if len(notes) != 1 || !strings.Contains(notes[0], "it is tried again") {
			t.Errorf("got notes %q, want one of the trouble", notes)
		}
		if stays {
			var f *Failure
			if !errors.As(err, &f) || !strings.Contains(err.Error(), watchJSON) {
				t.Errorf("got error %v, want a failure that names the file", err)
			}
			continue
		}
		found, readErr := Folder(filepath.Join(out, "eval")).rows(evalCSV, watchHeader)
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

// TestWatchLosesRecords holds that an evaluator goes on when a part cannot record, and says so once.
func TestWatchLosesRecords(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	if _, err := Run(t.Context(), options(out, &recorder{})); err != nil {
		t.Fatal(err)
	}
	for _, begins := range []bool{false, true} {
		if err := os.RemoveAll(filepath.Join(out, "eval")); err != nil {
			t.Fatal(err)
		}
		var notes []string
		err := Watch(t.Context(), WatchOptions{
			Run: Folder(out), Test: fakenet.Images(12, 2), Once: true, Scalars: []ScalarRecorder{losing{begins}},
			Evaluate: func(string) (network.Metrics, error) { return network.Metrics{Images: 4, Correct: 3}, nil },
			Told:     func(int, network.Metrics, float64) {},
			Log:      func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) },
		})
		found, readErr := Folder(filepath.Join(out, "eval")).rows(evalCSV, watchHeader)
		if err != nil || readErr != nil || len(found) < 3 {
			t.Errorf("begins %t: got %v (%v, %v), want all findings", begins, found, err, readErr)
		}
		if len(notes) != 1 || !strings.Contains(notes[0], "the disk is full") {
			t.Errorf("begins %t: got notes %q, want one of what is lost", begins, notes)
		}
	}
}

// TestRowsHeader tells of records under another header.
func TestRowsHeader(t *testing.T) {
	f := Folder(t.TempDir())
	for text, want := range map[string]string{
		"a,b,c\n1,2,3\n":             `line 1: got the columns "a,b,c", want "step,Precision,Best Precision"`,
		watchHeader + "1,0.5,high\n": `line 2: got "high", want a number`,
	} {
		if err := f.write(evalCSV, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if _, err := f.rows(evalCSV, watchHeader); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %q in it", text, err, want)
		}
	}
}
