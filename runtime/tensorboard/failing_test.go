package tensorboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/runtime/internal/fakenet"
	"github.com/resnetgen/resnetgen/runtime/network"
	"github.com/resnetgen/resnetgen/runtime/train"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// TestFilesThatFail holds that event files that cannot be begun are one warning, and are begun when
// that is possible.
func TestFilesThatFail(t *testing.T) {
	out := t.TempDir()
	inTheWay := filepath.Join(out, "test")
	if err := os.WriteFile(inTheWay, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var said []string
	net, o := fakenet.New(network.Options{}), observer(t)
	if err := o.Watch(&train.RunView{
		Net: net, Train: columns(4), Out: runs.Folder(out), Before: &runs.Curves{},
		Log: func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) },
	}); err != nil {
		t.Fatal(err)
	}
	m := network.Metrics{Images: 4, Correct: 3}
	o.Start(0, 10, 5)
	o.Evaluated(5, 1, m, true)
	o.Evaluated(6, 1, m, true)
	if len(said) != 1 || !strings.HasPrefix(said[0], "TensorBoard: ") || !strings.Contains(said[0], "not a directory") {
		t.Errorf("got %q, want one warning", said)
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	o.Evaluated(10, 2, m, true)
	o.Stop()
	if !slices.Contains(said, "TensorBoard: writing it works again") || len(said) != 2 {
		t.Errorf("got %q, want that it works again", said)
	}
	files, err := filepath.Glob(filepath.Join(inTheWay, "events.*"))
	if err != nil || len(files) != 1 {
		t.Errorf("got %v (%v), want an event file", files, err)
	}
}
