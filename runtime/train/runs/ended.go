package runs

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/resnetgen/resnetgen/internal/inputfile"
)

// LogFile is a run's log: events as JSON lines.
const LogFile = "log.jsonl"

// logTail is how much of a log's end is looked at for the run's last event.
const logTail = 64 << 10

// Outcome is how a run ended, as its log says.
type Outcome struct {
	Event string `json:"msg"`   // done, stopped or failed; empty: it has not ended, or the log does not say
	Step  int    `json:"step"`  // after which it ended
	Error string `json:"error"` // of a run that failed
	Total int    `json:"steps"` // how many steps the run was to have; 0: the log's end does not say
}

// Outcome reads from the end of the log how the run last ended.
func (f Folder) Outcome() (Outcome, error) {
	file, err := inputfile.Open(f.Path(LogFile), math.MaxInt64)
	if err != nil {
		return Outcome{}, fmt.Errorf("read run: %w", err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	from := max(0, file.Size-logTail)
	tail, err := io.ReadAll(io.NewSectionReader(file, from, file.Size-from))
	if err != nil {
		return Outcome{}, fmt.Errorf("read run: %w", err)
	}
	return lastEnd(tail), nil
}

// lastEnd returns the end behind which a log has no start. Lines that are none of a log are passed
// over: the first may lack its beginning.
func lastEnd(log []byte) (last Outcome) {
	for line := range bytes.Lines(log) {
		var e Outcome
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		total := cmp.Or(e.Total, last.Total)
		switch e.Event {
		case "start":
			last = Outcome{}
		case "done", "stopped", "failed":
			last = e
		}
		last.Total = total
	}
	return last
}
