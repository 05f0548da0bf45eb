package watch

import (
	"os"
	"strings"
	"testing"

	"github.com/resnetgen/resnetgen/internal/fuzzbound"
	"github.com/resnetgen/resnetgen/runtime/train/runs"
)

// FuzzSettings holds that no evaluator's settings make a panic.
func FuzzSettings(f *testing.F) {
	f.Add(`{"test_sha256":"00","test_images":10,"eval":{},"raw":false}`)
	f.Add(`[]`)
	f.Add(`{"eval":` + strings.Repeat(`{`, 1000))
	f.Add(strings.Repeat(`{"network":`, 3000) + "1" + strings.Repeat("}", 3000))
	f.Add(``)
	bound := fuzzbound.Bound{Memory: 1 << 20, MemoryPerByte: 256, Time: fuzzbound.Default.Time, TimePerByte: fuzzbound.Default.TimePerByte}
	f.Fuzz(func(t *testing.T, eval string) {
		dir := runs.Folder(t.TempDir())
		if err := os.WriteFile(dir.Path(settingsFile), []byte(eval), 0o600); err != nil {
			t.Fatal(err)
		}
		bound.Check(t, len(eval), func() {
			_ = (&watcher{Options: Options{Log: func(string, ...any) {}}, out: dir}).compare()
		})
	})
}
