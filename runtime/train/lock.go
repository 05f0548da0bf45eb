package train

import (
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// lock makes the folder this process's until unlock, or refuses if another trains in it, or evaluates. The file stays; what
// counts is the system's lock on it, which ends with the process, however it ends.
func (f Folder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	l := flock.New(f.path("lock"))
	mine, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock run %s: %w", f, err)
	}
	if !mine {
		return nil, fmt.Errorf("run %s: got a folder that another trainer or evaluator is at work in, want it ended, or another folder", f)
	}
	return func() { l.Close() }, nil //nolint:errcheck // the process's end would unlock it too
}
