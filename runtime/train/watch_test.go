package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/resnetgen/resnetgen/runtime/nn"
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
		Run: Folder(out), Test: testSet(12, 2), Interval: time.Hour,
		Evaluate: func(string) (nn.Metrics, error) {
			cancel()
			return nn.Metrics{}, ctx.Err()
		},
		Told: func(int, nn.Metrics, float64) { t.Error("got an evaluation, want none") },
		Log:  func(format string, args ...any) { t.Errorf(format, args...) },
	})
	if err != nil || exists(filepath.Join(out, "eval", "eval.csv")) {
		t.Errorf("got error %v, want an end without findings", err)
	}
	if exists(left) {
		t.Error("got a temporary file left, want it removed")
	}
}
