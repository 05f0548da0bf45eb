package runs

import (
	"fmt"
	"os"
)

// Summarize adds rows to what is recorded, and to the files, where a kill leaves them.
func (h *LockedFolder) Summarize(s Summary, v Speed) {
	h.History.Summaries = append(h.History.Summaries, s)
	h.History.Speeds = append(h.History.Speeds, v)
	if h.lock.Holds() {
		h.Append(TrainCSV, s.row())
		h.Append(SpeedCSV, v.row())
	}
}

// WriteHistory writes what has been recorded.
func (h *LockedFolder) WriteHistory() {
	files := h.History.Files()
	for _, name := range []string{TrainCSV, EvalCSV, SpeedCSV} {
		h.Outputs.Try(name, func() error { return h.Write(name, files[name]) })
	}
	h.Outputs.Try(TestCSV, func() error { return h.recordFinal(files[TestCSV]) })
}

// recordFinal writes test.csv, or removes that of a run that has gone on since.
func (h *LockedFolder) recordFinal(content []byte) error {
	if content != nil {
		return h.Write(TestCSV, content)
	}
	if err := os.Remove(h.Path(TestCSV)); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("remove an earlier test result: %w", err)
	}
	return nil
}

// Draw writes a picture, such as the curves.
func (h *LockedFolder) Draw(name string, draw func() ([]byte, error)) {
	h.Outputs.Try(name, func() error {
		picture, err := draw()
		if err != nil {
			return err
		}
		return h.Write(name, picture)
	})
}
